/** What `tocsin audit verify` does: asks the hub to walk its chains, and says what it found. */
import { type AuditVerifyLine, auditVerifyLine } from '#contract/access/audit.ts';
import { parseWire } from '#contract/wire.ts';
import { parseJson, type JsonObject } from '#kernel/syntax/json.ts';
import { type CliDeps, CliFailure, type Given } from '#app/cli/kit/command.ts';
import { type Output, printColumns } from '#app/cli/kit/output.ts';
import { renderJson } from '#app/cli/kit/terminal/json.ts';
import { cleanText } from '#app/cli/kit/terminal/text.ts';
import { readHeadsFile } from './heads-file.ts';
import { readLines } from './lines.ts';

type Chain = Extract<AuditVerifyLine, { readonly type: 'chain' }>;
type End = Extract<AuditVerifyLine, { readonly type: 'end' }>;

export async function verifyAudit(given: Given, deps: CliDeps): Promise<number> {
  const { out } = deps;
  const { chains, end } = await ask(given, deps);
  out.progress('');
  if (given.flag('json')) out.print(renderJson({ ...toJson(end), chains: chains.map(toJson) }));
  else show(out, chains, end);
  return end.is_intact ? 0 : 1;
}

async function ask(given: Given, { hub, out }: CliDeps) {
  const file = given.text('heads');
  const heads = file === null ? [] : readHeadsFile(file, out);
  const body: JsonObject = {
    project_id: given.text('project'),
    heads: heads.map(({ project_id, seq, mac }) => ({ project_id, seq, mac })),
  };
  const chains: Chain[] = [];
  let end: End | null = null;
  const request = { method: 'POST', path: '/api/v1/audit/verify', body } as const;
  for await (const text of readLines(hub(), request)) {
    const line = readLine(text);
    if (line.type === 'chain') chains.push(line);
    else if (line.type === 'end') end = line;
    else out.progress(renderPlace(line));
  }
  if (end === null) {
    throw new CliFailure('the hub has broken off in the middle: nothing is proven; see its log');
  }
  return { chains, end };
}

function readLine(text: string): AuditVerifyLine {
  const json = parseJson(text);
  const reading = parseWire(auditVerifyLine, json.ok ? json.value : null);
  if (reading.ok) return reading.value;
  throw new CliFailure('the hub answers what this version of tocsin does not understand');
}

function renderPlace(line: Extract<AuditVerifyLine, { readonly type: 'progress' }>): string {
  const { project_id, rows_all, chains_done, chains_all } = line;
  return `verifying ${project_id}  ${rows_all} rows, chain ${chains_done + 1} of ${chains_all}`;
}

function toJson(line: Chain | End): JsonObject {
  const { type: _type, ...rest } = line;
  return rest;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}

function show(out: Output, chains: readonly Chain[], end: End): void {
  const broken = chains.filter(({ is_intact }) => !is_intact);
  if (chains.length > 0) printColumns(out, HEADS, chains.map(toRow));
  for (const chain of broken) showFaults(out, chain);
  const rows = count(end.rows, 'row');
  const all = count(end.chains, 'chain');
  out.print(
    end.is_intact
      ? `Intact: ${rows} in ${all}, each as the hub has sealed it.`
      : `Not intact: ${broken.length} of ${all} (${rows}).`,
  );
  if (end.unsealed > 0) {
    out.print(
      `Not sealed yet: ${count(end.unsealed, 'row')}, the oldest of ${end.unsealed_since ?? '-'}.`,
    );
  }
  if (end.rows > 0 && chains.every(({ heads }) => heads === 0)) {
    out.complain(`No head from outside was compared with: a tail that was cut off together with \
its head would not be seen. Give a copy of audit-heads.log with --heads.`);
  }
}

const HEADS = ['CHAIN', 'ROWS', 'HEADS COMPARED', 'INTACT UP TO', 'OF', 'FAULTS'];

function toRow(chain: Chain): readonly string[] {
  const { project_id, rows, heads, intact_seq, intact_at, fault_count } = chain;
  const name = project_id === '-' ? '- (the hub)' : project_id;
  const intact = intact_seq === 0 ? '-' : `row ${intact_seq}`;
  return [name, String(rows), String(heads), intact, intact_at ?? '-', String(fault_count)];
}

function showFaults(out: Output, { project_id, faults, fault_count }: Chain): void {
  for (const { kind, message, at, audit_id } of faults) {
    const when = at === null ? '' : audit_id === null ? `; behind one of ${at}` : `; of ${at}`;
    const which = audit_id === null ? '' : `, ${audit_id}`;
    out.print(cleanText(`${project_id}  ${kind}: ${message}${when}${which}`));
  }
  const more = fault_count - faults.length;
  if (more > 0) out.print(`${project_id}  and ${more} more`);
}
