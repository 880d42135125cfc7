/** `/docs`: the OpenAPI document as one page, for people. No scripts, nothing loaded. Pure. */
import type { DocumentOperation, MediaTypes, OpenApiDocument } from '#app/openapi/document.ts';
import { renderCurl } from './curl.ts';
import { DOCS_STYLE } from './docs-style.ts';
import { escapeHtml } from './escape-html.ts';
import { renderField, renderFields, renderText, renderType } from './schema-view.ts';

export function renderDocs(document: OpenApiDocument): string {
  const { info, tags, components } = document;
  const about = info.description.split('\n\n');
  const names = [...tags.map(({ name }) => name), 'schemas'];
  const schemes = Object.values(components.securitySchemes).map(
    ({ scheme, description }) =>
      `<dt><code>${escapeHtml(scheme)}</code></dt><dd>${renderText(description)}</dd>`,
  );
  return wrap(
    info.title,
    `<h1>${escapeHtml(info.title)} API</h1>
<p class="dim">Version ${escapeHtml(info.version)} · <a href="openapi.json">openapi.json</a>
(OpenAPI ${document.openapi})</p>
${about.map((part) => `<p>${renderText(part)}</p>`).join('\n')}
<dl>${schemes.join('')}</dl>
<nav aria-label="Stages"><ul>${names.map(renderJump).join('')}</ul></nav>
<main>
${tags.map((tag) => renderTag(document, tag)).join('\n')}
${renderSchemas(document)}
</main>`,
  );
}

function renderJump(name: string): string {
  return `<li><a href="#${escapeHtml(name)}">${escapeHtml(name)}</a></li>`;
}

function wrap(title: string, body: string): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${escapeHtml(title)}</title>
<style>${DOCS_STYLE}</style>
</head>
<body>
${body}
</body>
</html>
`;
}

function renderTag(document: OpenApiDocument, tag: OpenApiDocument['tags'][number]): string {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, operation]) => operation.tags.includes(tag.name))
      .map(([method, operation]) => renderOperation(document, { path, method, operation })),
  );
  return `<section>
<h2 id="${escapeHtml(tag.name)}">${escapeHtml(tag.name)}</h2>
<p>${renderText(tag.description)}</p>
${operations.join('\n')}
</section>`;
}

type Placed = {
  readonly path: string;
  readonly method: string;
  readonly operation: DocumentOperation;
};

/** The place to jump to is inside, for only then does a browser open what is folded. */
function renderOperation(document: OpenApiDocument, placed: Placed): string {
  const { path, method, operation } = placed;
  const { summary, description, parameters = [], requestBody, responses } = operation;
  const line = renderCurl(document.servers[0]?.url ?? '', placed);
  const who = operation['x-roles'].map((role) => `<code>${escapeHtml(role)}</code>`).join(' ');
  const fields = parameters.map(({ name, required, schema, description: says, in: place }) =>
    renderField({
      name,
      isRequired: required,
      schema: { ...schema, description: `${says} (${place})` },
      depth: 0,
    }),
  );
  return `<details>
<summary><span class="method ${escapeHtml(method)}">${escapeHtml(method.toUpperCase())}</span>
<span class="path">${escapeHtml(path)}</span>
<span class="says dim">${renderText(summary)}</span></summary>
<div id="${escapeHtml(operation.operationId)}" class="place"></div>
${description === undefined ? '' : `<p>${renderText(description)}</p>`}
<p>For ${who}</p>
${fields.length === 0 ? '' : `<h3>Parameters</h3><dl>${fields.join('')}</dl>`}
${requestBody === undefined ? '' : renderBody(requestBody.content, requestBody.required)}
<h3>Try it</h3>
<pre tabindex="0"><code>${escapeHtml(line)}</code></pre>
<h3>Answers</h3>
<dl>${Object.entries(responses).map(renderResponse).join('')}</dl>
</details>`;
}

function renderBody(content: MediaTypes, isRequired: boolean): string {
  const parts = Object.entries(content).map(([type, { schema = {} }]) => {
    const kind = `<p class="dim">${escapeHtml(type)}: ${renderType(schema)}</p>`;
    return `${kind}${renderFields(schema)}`;
  });
  return `<h3>Body${isRequired ? '' : ' (may be left out)'}</h3>${parts.join('')}`;
}

function renderResponse([status, { description, content = {} }]: [
  string,
  DocumentOperation['responses'][string],
]): string {
  // What it was refused for is said; that it comes as an `Error` is said once, above all.
  const isPlain = Number(status) >= 400 && JSON.stringify(content).includes('schemas/Error');
  const parts = Object.entries(isPlain ? {} : content).map(
    ([type, { schema = {} }]) =>
      `<div class="dim">${escapeHtml(type)}: ${renderType(schema)}</div>${renderFields(schema)}`,
  );
  return (
    `<dt><code>${escapeHtml(status)}</code></dt>` +
    `<dd>${renderText(description)}${parts.join('')}</dd>`
  );
}

function renderSchemas({ components }: OpenApiDocument): string {
  const parts = Object.entries(components.schemas).map(
    ([name, schema]) => `<details>
<summary><strong>${escapeHtml(name)}</strong></summary>
<div id="schema-${escapeHtml(name)}" class="place"></div>
${renderFields(schema)}
</details>`,
  );
  return `<section>
<h2 id="schemas">schemas</h2>
<p>Bodies and answers that have a name.</p>
${parts.join('\n')}
</section>`;
}

/** What a browser shows when the password was wrong, or was not given. */
export function renderDocsRefusal(code: string, message: string): string {
  return wrap(
    'Tocsin',
    `<main>
<h1>Tocsin API</h1>
<p>${escapeHtml(message)} <span class="dim">(<code>${escapeHtml(code)}</code>)</span></p>
<p>Reload this page and give any user, with a key as the password: one that may read, such as the
admin key in the file <code>admin-key</code> of the data directory. Or set
<code>TOCSIN_PUBLIC_DOCS=true</code>, and everybody may read this page.</p>
</main>`,
  );
}
