/** An operation as a line for a shell, with $KEY for the key. Pure. */
import type { DocumentOperation } from '#app/openapi/document.ts';

const SAMPLES: Readonly<Record<string, string>> = { alert_id: 'fall-12', kind: 'generic' };

export function renderCurl(
  server: string,
  placed: {
    readonly path: string;
    readonly method: string;
    readonly operation: DocumentOperation;
  },
): string {
  const { path, method, operation } = placed;
  const { security, parameters = [], requestBody } = operation;
  const url = server + path.replaceAll(/\{(\w+)\}/g, (_, name) => nameSample(String(name)));
  const lines = [`curl -sS ${method === 'get' ? '' : `-X ${method.toUpperCase()} `}"${url}"`];
  if (security.length > 0) lines.push('-H "Authorization: Bearer $KEY"');
  if (parameters.some(({ name }) => name === 'If-Match')) lines.push('-H "If-Match: 1"');
  for (const [type, { example }] of Object.entries(requestBody?.content ?? {})) {
    if (example === undefined) continue;
    lines.push(`-H "Content-Type: ${type}"`);
    lines.push(`-d '${JSON.stringify(example).replaceAll("'", `'\\''`)}'`);
  }
  return lines.join(' \\\n  ');
}

function nameSample(name: string): string {
  return SAMPLES[name] ?? `$${name.toUpperCase()}`;
}
