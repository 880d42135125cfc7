/**
 * `/api/v1/audit`: who changed what. Read, exported as long as it is, and verified; nothing here
 * writes. Project administrators see their project's chain, the hub's own ones all of them.
 * Danger: exports and verifications are answered while they are read, page by page; one that
 * breaks off in the middle has no last line.
 */
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import {
  type AuditAnswer,
  auditExportQuery,
  type AuditFilters,
  auditQuery,
  auditVerification,
  type AuditVerification,
  type AuditVerifyLine,
} from '#contract/access/audit.ts';
import { parseWire } from '#contract/wire.ts';
import { decodeHex, encodeHex } from '#kernel/crypto.ts';
import { projectId } from '#kernel/id.ts';
import {
  formatInstant,
  formatInstantOrNull,
  instant,
  INSTANT_MAX,
  INSTANT_MIN,
  parseInstant,
} from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { AuditHeadsFile, HeadLine } from '#platform/audit-heads-file.ts';
import { principalOf } from '#platform/http/http-server.ts';
import {
  accept,
  type Position,
  type ProjectFilter,
  readableProjects,
  renderList,
  toListPage,
} from '#platform/http/resource.ts';
import type { Database } from '#platform/postgres/postgres.ts';
import { type AuditFilter, listAudit, listAuditFromOldest } from './audit-read.store.ts';
import type { ChainKeys, Head } from './chain.ts';
import { renderCsvHead, renderCsvLine, type StoredAudit } from './stored-audit.ts';
import { verifyChains, type VerifyNews } from './verify.runner.ts';

export type AuditRouteDeps = {
  readonly database: Database;
  readonly auditKeys: ChainKeys;
  readonly auditHeads: AuditHeadsFile | null;
};

const LINES = 'application/x-ndjson; charset=utf-8';

export function registerAuditRoutes(server: FastifyInstance, deps: AuditRouteDeps): void {
  const { database } = deps;
  const administer = { config: { access: 'administer' } } as const;

  server.get('/api/v1/audit', administer, async (request) => {
    const query = accept(parseWire(auditQuery, request.query));
    const page = toListPage(principalOf(request), query);
    const rows = await database.read((db) => listAudit(db, page, toFilter(query)));
    return renderList(rows, page, { position: positionOf, render: renderAudit });
  });

  server.get('/api/v1/audit/export', administer, async (request, reply) => {
    const query = accept(parseWire(auditExportQuery, request.query));
    const projects = readableProjects(principalOf(request), query.project_id);
    const rows = readAll(database, projects, toFilter(query));
    const isTable = query.format === 'csv';
    const name = `tocsin-audit.${isTable ? 'csv' : 'jsonl'}`;
    return reply
      .type(isTable ? 'text/csv; charset=utf-8; header=present' : LINES)
      .header('content-disposition', `attachment; filename="${name}"`)
      .send(Readable.from(isTable ? renderTable(rows) : renderLines(rows, renderAudit)));
  });

  const looking = { config: { ...administer.config, unaudited: 'it only looks' } };
  server.post('/api/v1/audit/verify', looking, async (request, reply) => {
    const body = accept(parseWire(auditVerification, request.body ?? {}));
    const projects = readableProjects(principalOf(request), body.project_id);
    const told = groupHeads(projects, body.heads ?? [], (await deps.auditHeads?.read()) ?? []);
    const news = verifyChains({ database, keys: deps.auditKeys }, { projects, told });
    return reply.type(LINES).send(Readable.from(renderLines(news, renderNews)));
  });
}

function toFilter(query: AuditFilters): AuditFilter {
  const { principal, action, object, since, until } = query;
  const read = (text: string | null) => (text === null ? null : parseInstant(text));
  return { principal, action, object, since: read(since), until: read(until) };
}

function positionOf({ at, auditId }: StoredAudit): Position {
  return { createdAt: at, id: auditId };
}

/** The oldest first; no more than one page is held at a time. */
async function* readAll(
  database: Database,
  projectIds: ProjectFilter,
  filter: AuditFilter,
): AsyncGenerator<StoredAudit> {
  let after: Position | null = null;
  for (;;) {
    const page = { projectIds, after, rowsMax: LIMITS.auditPageMax };
    const rows: readonly StoredAudit[] = await database.read((db) =>
      listAuditFromOldest(db, page, filter),
    );
    yield* rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < LIMITS.auditPageMax) return;
    after = positionOf(last);
  }
}

async function* renderLines<Item>(
  items: AsyncIterable<Item>,
  render: (item: Item) => unknown,
): AsyncGenerator<string> {
  for await (const item of items) yield `${JSON.stringify(render(item))}\n`;
}

async function* renderTable(rows: AsyncIterable<StoredAudit>): AsyncGenerator<string> {
  yield renderCsvHead();
  for await (const row of rows) yield renderCsvLine(row);
}

type GivenHead = NonNullable<AuditVerification['heads']>[number];

/** Those of projects that are looked at. */
function groupHeads(
  projects: ProjectFilter,
  given: readonly GivenHead[],
  kept: readonly HeadLine[],
): ReadonlyMap<string, readonly Head[]> {
  const wanted = [...given, ...kept].filter(
    ({ project_id: id }) => projects === null || projects.includes(projectId(id)),
  );
  const heads = new Map<string, Map<string, Head>>();
  for (const { project_id: id, seq, mac } of wanted) {
    const ofProject = heads.get(id) ?? new Map<string, Head>();
    heads.set(id, ofProject.set(`${seq} ${mac}`, { seq, mac: decodeHex(mac) }));
  }
  return new Map([...heads].map(([id, ofProject]) => [id, [...ofProject.values()]]));
}

function renderAudit(row: StoredAudit): AuditAnswer {
  const { principal, request, seal } = row;
  return {
    id: row.auditId,
    project_id: row.projectId,
    at: formatInstant(row.at),
    principal: {
      id: principal.id,
      name: principal.name,
      auth_method: principal.authMethod,
      role: principal.role,
    },
    action: row.action,
    object: row.object,
    before: row.before,
    after: row.after,
    request:
      request === null
        ? null
        : {
            id: request.id,
            remote_address: request.remoteAddress,
            method: request.method,
            route: request.route,
            idempotency_key: request.idempotencyKey,
          },
    seal:
      seal === null
        ? null
        : {
            seq: seal.seq,
            sealed_at: formatInstant(seal.sealedAt),
            key_id: seal.keyId,
            mac: encodeHex(seal.mac),
          },
  };
}

function renderNews(news: VerifyNews): AuditVerifyLine {
  switch (news.kind) {
    case 'progress':
      return {
        type: 'progress',
        project_id: news.projectId,
        rows: news.rows,
        rows_all: news.rowsAll,
        chains_done: news.chainsDone,
        chains_all: news.chainsAll,
      };
    case 'chain':
      return renderChain(news);
    case 'end':
      return {
        type: 'end',
        is_intact: news.isIntact,
        chains: news.chains,
        rows: news.rows,
        unsealed: news.unsealed.count,
        unsealed_since: formatInstantOrNull(news.unsealed.oldestAt),
      };
  }
}

function renderChain(news: Extract<VerifyNews, { readonly kind: 'chain' }>): AuditVerifyLine {
  const { projectId: id, report, heads } = news;
  return {
    type: 'chain',
    project_id: id,
    is_intact: report.faultCount === 0,
    rows: report.rows,
    last_seq: report.lastSeq,
    intact_seq: report.intactSeq,
    intact_at: renderTime(report.intactAtUs),
    heads,
    fault_count: report.faultCount,
    faults: report.faults.map(({ kind, seq, untilSeq, auditId, atUs, message }) => ({
      kind,
      seq,
      until_seq: untilSeq,
      audit_id: auditId,
      at: renderTime(atUs),
      message,
    })),
  };
}

const US_PER_MS = 1_000;

/** Of a row that somebody edited it may be any time, or none that can be written. */
function renderTime(us: string | null): string | null {
  const ms = us === null ? Number.NaN : Math.floor(Number(us) / US_PER_MS);
  return ms >= INSTANT_MIN && ms <= INSTANT_MAX ? formatInstant(instant(ms)) : null;
}
