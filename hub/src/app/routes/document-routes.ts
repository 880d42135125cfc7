/**
 * What the hub says about its own API: `/openapi.json`, and `/docs`, the same as a page. For those
 * with a key, or for everybody (TOCSIN_PUBLIC_DOCS). A browser cannot send a bearer's header, so
 * the page asks for a password: any user, the key as the password.
 */
import type { FastifyInstance } from 'fastify';
import { encodeBase64, sha256 } from '#kernel/crypto.ts';
import { type RenderError } from '#platform/http/http-server.ts';
import { DOCS_STYLE } from '#app/docs-page/docs-style.ts';
import { renderDocs, renderDocsRefusal } from '#app/docs-page/docs-page.ts';
import type { HubParts } from '#app/hub-parts.ts';
import { printOpenApi } from '#app/openapi/print-openapi.ts';
import { VERSION } from '#app/start/version.ts';

const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${encodeBase64(sha256(DOCS_STYLE))}'`,
  "form-action 'none'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ');

const HTML = 'text/html; charset=utf-8';

export function registerDocumentRoutes(
  server: FastifyInstance,
  parts: Pick<HubParts, 'isDocsPublic' | 'publicUrl'>,
): void {
  const access = parts.isDocsPublic ? 'public' : 'read';
  const read = once(() => {
    const document = printOpenApi({ version: VERSION, serverUrl: parts.publicUrl() });
    return { json: JSON.stringify(document, null, 1), page: renderDocs(document) };
  });
  server.get('/openapi.json', { config: { access } }, (_request, reply) =>
    reply.type('application/json; charset=utf-8').send(read().json),
  );
  const page = { access, renderError, errorType: HTML, isForBrowsers: true } as const;
  server.get('/docs', { config: page }, (_request, reply) =>
    reply.header('content-security-policy', POLICY).type(HTML).send(read().page),
  );
}

const renderError: RenderError = (error) => renderDocsRefusal(error.code, error.message);

/** Not before it is asked for: the port may be known only once the server listens. */
function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | null = null;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
