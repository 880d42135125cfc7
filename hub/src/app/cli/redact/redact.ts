/**
 * `tocsin redact`: what would be masked of a file. It asks no hub unless a project is named, sends
 * nothing of the file anywhere, and never prints what it masks.
 *
 * The masked text is the result; where what was masked goes to stderr, so that the one can be
 * piped on without the other. The short hashes in masks are of a key made for this run: they tell
 * equal values apart from others within it, and are not those of any hub.
 */
import { randomBytes } from 'node:crypto';
import { LIMITS } from '#kernel/limits.ts';
import type { JsonValue } from '#kernel/syntax/json.ts';
import { extendPolicy, parsePolicy, type RedactionChange } from '#redaction/policy/document.ts';
import type { MaskedPlace } from '#redaction/policy/places.ts';
import { BASE_POLICY, type RedactionPolicy } from '#redaction/policy.ts';
import { createRedactor } from '#redaction/redaction.ts';
import { ask } from '#app/cli/kit/ask.ts';
import { CliFailure, type CliDeps, type Command, type Given } from '#app/cli/kit/command.ts';
import { renderColumns } from '#app/cli/kit/output.ts';
import { renderJson } from '#app/cli/kit/terminal/json.ts';
import { type Content, readContent } from './content.ts';
import { countClasses, maskContent, type Masked } from './masked.ts';

export const REDACT: Command = {
  name: 'redact',
  summary: 'Show what would be masked of a file before it is stored',
  about: `Reads JSON, JSON lines, text or a mail (.eml), as a way in would. Nothing of it is sent \
anywhere,\nand what is masked is not shown. The masked text goes to stdout, the places to stderr.`,
  arguments: [{ name: 'FILE', says: 'what a sender would send; - reads it from stdin' }],
  options: {
    project: { value: 'ID', says: 'With what this project masks besides; asks the hub for it.' },
    key: { value: 'NAME', says: 'Try a name of a field whose value is masked.', isMany: true },
    pattern: { value: 'NAME=REGEX', says: 'Try a pattern; NAME in capitals.', isMany: true },
    check: { says: 'Prints no text, and exits with 1 when something would be masked.' },
  },
  hasJson: true,
  examples: [
    'tocsin redact body.json',
    'tocsin redact mail.eml --project care-home',
    "tocsin redact body.json --key bed_no --pattern 'WARD=WARD-[0-9]+'",
    'journalctl -u shop -o cat | tocsin redact - --check',
  ],
  run: redactFile,
};

async function redactFile(given: Given, deps: CliDeps): Promise<number> {
  const policy = extend(await readPolicy(given, deps), given);
  const content = await readContent(given.text('FILE') ?? '-');
  const redactor = createRedactor(policy, randomBytes(32));
  const masked = maskContent(content, redactor);
  const isChecking = given.flag('check');
  if (given.flag('json')) deps.out.print(renderJson(toJson(content, masked, redactor.version)));
  else {
    if (!isChecking) deps.out.print(masked.text);
    tellPlaces(deps, content, masked);
  }
  return isChecking && masked.places.length > 0 ? 1 : 0;
}

async function readPolicy(given: Given, { hub }: CliDeps): Promise<RedactionPolicy> {
  const project = given.text('project');
  if (project === null) return BASE_POLICY;
  const path = `/api/v1/projects/${encodeURIComponent(project)}/redaction`;
  return parsePolicy((await ask(hub(), path))['policy'] ?? {});
}

/** As the project would take it, with the same faults. */
function extend(policy: RedactionPolicy, given: Given): RedactionPolicy {
  const patterns = given.texts('pattern').map((written) => {
    const at = written.indexOf('=');
    if (at > 0) return { name: written.slice(0, at), pattern: written.slice(at + 1) };
    throw new CliFailure('--pattern is NAME=REGEX, as WARD=WARD-[0-9]+', { exitCode: 2 });
  });
  const change: RedactionChange = {
    extra_keys: [...policy.extraKeys, ...given.texts('key')],
    extra_patterns: [...policy.extraPatterns, ...patterns],
  };
  const extension = extendPolicy(policy, change);
  if (extension.kind === 'extended') return extension.policy;
  if (extension.kind === 'same') return policy;
  throw new CliFailure('a project would not take this', {
    details: extension.details.map(({ path, message }) => `${path}: ${message}`),
    exitCode: 2,
  });
}

function tellPlaces({ out }: CliDeps, content: Content, { places }: Masked): void {
  if (content.kind === 'mail' && content.attachments > 0) {
    out.complain(`${content.attachments} attached; a way in stores none of it`);
  }
  if (places.length === 0) {
    out.complain('Nothing is masked.');
    return;
  }
  const shown = places.slice(0, LIMITS.redactPlacesShownMax);
  out.complain('');
  out.complain(renderColumns(['PLACE', 'CLASS', 'MASK'], shown.map(toRow), out.terminal));
  if (shown.length < places.length) {
    out.complain(`and ${places.length - shown.length} places more; --json has them`);
  }
  const counts = countClasses(places).map(([name, count]) => `${count} ${name}`);
  out.complain(`\nMasked: ${counts.join(', ')}.`);
}

function toRow({ path, line, column, class: name, mask }: MaskedPlace): readonly string[] {
  const isFirst = line === 1 && column === 1;
  const place = path === '' ? `${line}:${column}` : isFirst ? path : `${path} ${line}:${column}`;
  return [place, name, mask];
}

function toJson(content: Content, { text, places }: Masked, version: string): JsonValue {
  return {
    kind: content.kind,
    redaction_version: version,
    masked: text,
    classes: Object.fromEntries(countClasses(places)),
    places: places.map((place) => ({ ...place })),
  };
}
