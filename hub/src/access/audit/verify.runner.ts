/**
 * Walks chains of the audit page by page, and tells what it finds as it goes. Each page is a
 * transaction of its own: rows are only ever added, at the end, so nothing moves meanwhile; a row
 * that somebody moves in that moment is found by the next verification.
 */
import { type ProjectId, projectId } from '#kernel/id.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { Database } from '#platform/postgres/postgres.ts';
import { type ChainReport, createChainCheck, type Witness } from './chain-check.ts';
import type { ChainKeys, Head, SealedRow } from './chain.ts';
import {
  findHead,
  listChains,
  listSealed,
  measureUnsealed,
  type StoredHead,
  type Unsealed,
} from './chain.store.ts';

export type VerifyDeps = { readonly database: Database; readonly keys: ChainKeys };

export type Verification = {
  /** Null: all there are. */
  readonly projects: readonly ProjectId[] | null;
  /** What was told outside of the database, by project. */
  readonly told: ReadonlyMap<string, readonly Head[]>;
};

export type VerifyNews =
  | {
      readonly kind: 'progress';
      readonly projectId: ProjectId;
      /** Of this chain, and of all so far. */
      readonly rows: number;
      readonly rowsAll: number;
      readonly chainsDone: number;
      readonly chainsAll: number;
    }
  | {
      readonly kind: 'chain';
      readonly projectId: ProjectId;
      readonly report: ChainReport;
      /** Heads from outside that were compared with. */
      readonly heads: number;
    }
  | {
      readonly kind: 'end';
      readonly isIntact: boolean;
      readonly chains: number;
      readonly rows: number;
      readonly unsealed: Unsealed;
    };

export async function* verifyChains(
  deps: VerifyDeps,
  { projects, told }: Verification,
): AsyncGenerator<VerifyNews> {
  const chains = projects ?? (await listAll(deps, told));
  let [rows, isIntact] = [0, true];
  for (const [chainsDone, id] of chains.entries()) {
    const place = { projectId: id, chainsDone, chainsAll: chains.length };
    const heads = told.get(id) ?? [];
    const walked = walkChain(deps, id, heads);
    let step = await walked.next();
    while (step.done !== true) {
      yield { kind: 'progress', ...place, rows: step.value, rowsAll: rows + step.value };
      step = await walked.next();
    }
    const report = step.value;
    rows += report.rows;
    isIntact &&= report.faultCount === 0;
    yield { kind: 'chain', projectId: id, report, heads: heads.length };
  }
  const unsealed = await deps.database.read((db) =>
    measureUnsealed(db, projects, LIMITS.auditUnsealedCountMax),
  );
  yield { kind: 'end', isIntact, chains: chains.length, rows, unsealed };
}

/** Also those that nothing is left of but what was told outside. */
async function listAll(
  { database }: VerifyDeps,
  told: Verification['told'],
): Promise<readonly ProjectId[]> {
  const stored = await database.read(listChains);
  const known = new Set<string>(stored);
  return [...stored, ...[...told.keys()].filter((id) => !known.has(id)).map(projectId)];
}

/** Yields how many rows it has read, and comes to what it has found. */
async function* walkChain(
  { database, keys }: VerifyDeps,
  project: ProjectId,
  told: readonly Head[],
): AsyncGenerator<number, ChainReport> {
  const headBefore = await database.read((db) => findHead(db, project));
  const check = createChainCheck({ keys, witnesses: listWitnesses(headBefore, told) });
  let after: Pick<SealedRow, 'seq' | 'auditId'> | null = null;
  let count = 0;
  for (;;) {
    const page = { after, max: LIMITS.auditPageMax };
    const rows: readonly SealedRow[] = await database.read((db) => listSealed(db, project, page));
    for (const row of rows) check.next(row);
    count += rows.length;
    after = rows.at(-1) ?? after;
    if (rows.length < LIMITS.auditPageMax) break;
    yield count;
  }
  // Only now: what was sealed meanwhile is behind the head that was read first.
  const headAfter = await database.read((db) => findHead(db, project));
  return check.end(headAfter);
}

function listWitnesses(head: StoredHead | null, told: readonly Head[]): readonly Witness[] {
  const own = head === null ? [] : [{ seq: head.seq, mac: head.mac, place: 'database' as const }];
  return [...own, ...told.map((one) => ({ ...one, place: 'outside' as const }))];
}
