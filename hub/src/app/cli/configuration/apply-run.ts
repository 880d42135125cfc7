/**
 * Reads a file of configuration, shows what it would change, and applies it. Danger: the plan is
 * asked for as often as needed, but applied once: an apply whose answer got lost may have been
 * carried out, and the secrets that it made are then lost too.
 */
import { LIMITS } from '#kernel/limits.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '#kernel/syntax/json.ts';
import type { ErrorDetail } from '#kernel/error-codes.ts';
import { textOf } from '#app/cli/kit/ask.ts';
import { type CliDeps, CliFailure, type Given } from '#app/cli/kit/command.ts';
import type { HubAnswer } from '#app/cli/kit/hub-client.ts';
import { renderJson } from '#app/cli/kit/terminal/json.ts';
import {
  type ConfigFileReading,
  createSecretReader,
  readConfigFile,
  readConfigText,
  readText,
  type RenderFaults,
} from '#app/config-file/config-file.ts';
import { resolveIngestUrl } from '#app/cli/source/first-report.ts';
import { isChange, renderChanges } from './changes-text.ts';

export async function applyFile(given: Given, deps: CliDeps): Promise<number> {
  const { out } = deps;
  const file = await readFile(given.text('FILE') ?? '-', deps);
  if (!file.ok) return refuse(deps, file.lines);
  const { renderFaults } = file;
  const body = parseBody({ ...file.document, prune: given.flag('prune') });
  const hub = deps.hub();
  const planned = await hub.post('/api/v1/config/plan', body);
  if (!planned.ok) return refuse(deps, describeRefusal(planned, renderFaults));
  const changes = listObjects(planned.body['changes']);
  const isJson = given.flag('json');
  if (!changes.some(isChange)) {
    out.print(isJson ? renderJson({ is_applied: false, changes, generated: [] }) : NOTHING);
    return 0;
  }
  if (!isJson) out.print(renderChanges(changes));
  if (given.flag('dry-run')) {
    if (isJson) out.print(renderJson({ is_applied: false, changes, generated: [] }));
    return 0;
  }
  if (!given.flag('yes') && !(await isConfirmed(deps))) {
    throw new CliFailure('not applied; nothing was changed');
  }
  const versions = planned.body['project_versions'] ?? null;
  const path = '/api/v1/config/apply';
  const sent = { ...body, project_versions: versions };
  const applied = await hub.send({ method: 'POST', path, body: sent });
  if (!applied.ok && applied.status === null) {
    throw new CliFailure(
      `${applied.sentence}. Whether it was applied is not known: apply it again`,
    );
  }
  if (!applied.ok) return refuse(deps, describeRefusal(applied, renderFaults));
  const generated = listObjects(applied.body['generated']);
  if (isJson) {
    const done = listObjects(applied.body['changes']);
    out.print(renderJson({ is_applied: true, changes: done, generated }));
  } else out.print(renderApplied(generated, hub.url));
  return 0;
}

const NOTHING = 'nothing to change';

function readFile(path: string, deps: CliDeps): Promise<ConfigFileReading> | ConfigFileReading {
  return path === '-' ? readPiped(deps) : readConfigFile(path, deps.env);
}

async function readPiped({ readInput, env }: CliDeps): Promise<ConfigFileReading> {
  const bytes = (await readInput?.(LIMITS.configFileBytesMax)) ?? new Uint8Array();
  const reading = readText(bytes, LIMITS.configFileBytesMax);
  if (!reading.ok) return { ok: false, lines: [`-: ${reading.sentence}`] };
  const secrets = createSecretReader(env, '.');
  return readConfigText({ name: '-', text: reading.text, secrets });
}

/** What was checked against the schema is JSON; what it leaves undefined is not sent. */
function parseBody(document: unknown): JsonObject {
  return JSON.parse(JSON.stringify(document)) as JsonObject;
}

async function isConfirmed({ confirm }: CliDeps): Promise<boolean> {
  if (confirm === undefined) return true;
  return (await confirm('Apply this? Only yes does it: ')).trim() === 'yes';
}

function refuse({ out }: CliDeps, lines: readonly string[]): number {
  for (const line of lines) out.complain(line);
  out.complain('tocsin: nothing was changed');
  return 1;
}

/** With line and column what the hub says of the document; the rest in its own words. */
function describeRefusal(
  answer: HubAnswer & { readonly ok: false },
  renderFaults: RenderFaults,
): readonly string[] {
  const details = answer.details.map(splitDetail);
  const lines = renderFaults(details);
  return answer.status === 422 && lines.length > 0 ? lines : [...lines, answer.sentence];
}

function splitDetail(detail: string): ErrorDetail {
  const at = detail.indexOf(': ');
  return { path: detail.slice(0, Math.max(0, at)), message: detail.slice(at + 2) };
}

function listObjects(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function renderApplied(generated: readonly JsonObject[], hubUrl: string): string {
  if (generated.length === 0) return 'Applied.';
  const lines = generated.flatMap((one) => {
    const { project_id: project, kind, name, field, value, ingest_url: url } = one;
    const what = [project, kind, name].map(textOf).join(' ');
    const made = `  ${what} ${textOf(field)}: ${textOf(value)}`;
    if (typeof url !== 'string') return [made];
    return [made, `  ${what} reports to: ${resolveIngestUrl(url, hubUrl)}`];
  });
  return ['Applied. Made, and shown this once:', ...lines].join('\n');
}
