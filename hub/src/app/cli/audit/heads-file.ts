/** Heads of chains that were kept outside of the database: a file of the hub's, or its log. */
import { readFileSync, statSync } from 'node:fs';
import { LIMITS } from '#kernel/limits.ts';
import { type HeadLine, parseHeadLines } from '#platform/audit-heads-file.ts';
import { CliFailure } from '#app/cli/kit/command.ts';
import type { Output } from '#app/cli/kit/output.ts';

/** The latest ones, when there are more than the hub compares with at once. */
export function readHeadsFile(path: string, out: Pick<Output, 'complain'>): readonly HeadLine[] {
  const lines = parseHeadLines(readText(path));
  if (lines.length === 0) {
    throw new CliFailure(`${path} holds no head: lines of JSON with project_id, seq and mac`);
  }
  const { auditWitnessesMax } = LIMITS;
  if (lines.length <= auditWitnessesMax) return lines;
  out.complain(`${path} holds ${lines.length} heads; the last ${auditWitnessesMax} are compared.`);
  return lines.slice(-auditWitnessesMax);
}

function readText(path: string): string {
  try {
    if (statSync(path).size > LIMITS.auditLogBytesMax) {
      throw new CliFailure(`${path} is too large: keep only its lines with "audit head"`);
    }
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof CliFailure) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new CliFailure(`${path} cannot be read: ${reason}`);
  }
}
