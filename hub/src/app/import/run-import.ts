/**
 * Stores imported alerts, with heads, escalations and timelines, in one transaction.
 *
 * An id that is there already is left as it is, whatever has happened to it since: the same file
 * can be imported again after any failure. Two imports of one file at the same moment meet at the
 * heads, which are locked in key order: the second sees what the first has stored.
 */
import { type AlertHead, freshHead, proposeHead } from '#alert/head.ts';
import { lockAlerts, lockHeads } from '#alert/store.ts';
import { redactAlertId } from '#intake/inbound/inbound.ts';
import type { Source } from '#intake/source.ts';
import { assert } from '#kernel/decision.ts';
import { type AlertId, alertId } from '#kernel/id.ts';
import type { Instant } from '#kernel/instant.ts';
import type { Principal } from '#kernel/principal.ts';
import { isOpen } from '#kernel/words/lifecycle.ts';
import type { Queryable, Transaction } from '#platform/postgres/postgres.ts';
import { type AlertWork, createWork } from '#app/dispatch.ts';
import type { NameAlertKey } from '#app/intake/alert-key.ts';
import type { ProjectConfig } from '#app/project-config.ts';
import { locateAll } from '#app/read/alerts.ts';
import type { CommandDeps } from '#app/run-commands.ts';
import { saveWorks } from '#app/save-works.ts';
import type { ImportedAlert } from './imported-alert.ts';
import { placeImported } from './imported-work.ts';
import { convertSentinelAlert } from './sentinel/alert.ts';
import type { SentinelAlert } from './sentinel/reading.ts';

export type ImportDeps = CommandDeps & { readonly nameAlertKey: NameAlertKey };

export type ImportRequest = {
  readonly config: ProjectConfig;
  /** What the alerts count as reported through. */
  readonly source: Source;
  readonly by: Principal;
  readonly zone: string;
  readonly isQuiet: boolean;
  readonly isDryRun: boolean;
  readonly isSkippingInvalid: boolean;
  readonly alerts: readonly SentinelAlert[];
};

export type Notice = { readonly alertId: string; readonly message: string };

export type ImportResult = {
  readonly imported: number;
  readonly alreadyThere: number;
  readonly open: number;
  readonly dueNow: number;
  /** When the first of them is due. */
  readonly nextDueAt: Instant | null;
  readonly warnings: readonly Notice[];
  readonly invalid: readonly Notice[];
};

/** `invalid` only: nothing was stored. */
export type ImportOutcome =
  | { readonly kind: 'done'; readonly result: ImportResult }
  | { readonly kind: 'invalid'; readonly invalid: readonly Notice[] };

type Found = { readonly raw: SentinelAlert; readonly imported: ImportedAlert };

export async function importSentinel(
  deps: ImportDeps,
  request: ImportRequest,
): Promise<ImportOutcome> {
  const now = deps.clock.now();
  const { found, invalid } = convertAll(request, now);
  if (invalid.length > 0 && !request.isSkippingInvalid) return { kind: 'invalid', invalid };
  const work = (known: ReadonlySet<AlertId>, list: readonly Found[]) =>
    list
      .filter(({ raw }) => !known.has(alertId(raw.alertId)))
      .map((each) => createImport(deps, request, { each, now }));
  const works = request.isDryRun
    ? await deps.database.read(async (db) => work(await findKnown(db, request, found), found))
    : await deps.database.transaction((tx) => store(deps, tx, { request, found, now, work }));
  return { kind: 'done', result: summarize({ works, found, invalid, request }, now) };
}

/** Before anything else sees it; another program's id of an alert stays what it is called. */
function redactAlert(raw: SentinelAlert, { redactor }: ProjectConfig): SentinelAlert {
  const id = redactAlertId(raw.alertId, redactor) ?? raw.alertId;
  return { ...raw, alertId: id, fields: redactor.redactObject(raw.fields).value };
}

/** The last of several with one id, as an object would have it. */
function convertAll(request: ImportRequest, now: Instant) {
  const found = new Map<string, Found>();
  const invalid: Notice[] = [];
  for (const given of request.alerts) {
    const raw = redactAlert(given, request.config);
    const conversion = convertSentinelAlert(raw, { zone: request.zone, now });
    if (conversion.ok) found.set(raw.alertId, { raw, imported: conversion.alert });
    else invalid.push({ alertId: raw.alertId, message: conversion.sentence });
  }
  return { found: [...found.values()], invalid };
}

function createImport(
  deps: ImportDeps,
  request: ImportRequest,
  what: { readonly each: Found; readonly now: Instant },
): AlertWork {
  const { config, source, by } = request;
  const { raw, imported } = what.each;
  const stored = config.choosePolicy([source.policyId]);
  const placed = placeImported(
    imported,
    {
      projectId: config.projectId,
      sourceId: source.sourceId,
      alertKey: nameKey(deps, request, alertId(raw.alertId)),
      stored,
      settings: deps.settings(),
      isQuiet: request.isQuiet,
      by,
      origin: `imported from the ${raw.origin} alerts of Sentinel, local times of ${request.zone}`,
    },
    what.now,
  );
  const { policy, snapshotId } = stored;
  const work = createWork({
    alert: placed.alert,
    escalation: placed.escalation,
    policy,
    snapshotId,
    config,
  });
  work.timeline.push(...placed.timeline);
  work.isAlertNew = true;
  work.isEscalationNew = true;
  return work;
}

/** The same as for a sender that names its alerts: one that reports it again finds it. */
function nameKey(deps: ImportDeps, request: ImportRequest, id: AlertId): string {
  const { projectId } = request.config;
  const identity = { kind: 'own', alertId: id } as const;
  return deps.nameAlertKey({ projectId, sourceId: request.source.sourceId, identity });
}

async function findKnown(
  db: Queryable,
  request: ImportRequest,
  found: readonly Found[],
): Promise<ReadonlySet<AlertId>> {
  const ids = found.map(({ raw }) => alertId(raw.alertId));
  const refs = await locateAll(db, [request.config.projectId], ids);
  return new Set(refs.map((ref) => ref.alertId));
}

async function store(
  deps: ImportDeps,
  tx: Transaction,
  how: {
    readonly request: ImportRequest;
    readonly found: readonly Found[];
    readonly now: Instant;
    readonly work: (known: ReadonlySet<AlertId>, list: readonly Found[]) => readonly AlertWork[];
  },
): Promise<readonly AlertWork[]> {
  const { request, found, now } = how;
  const { projectId } = request.config;
  const ids = found.map(({ raw }) => alertId(raw.alertId));
  const first = { stage: 'received', announcedEndsAt: null, startsAt: null } as const;
  const proposals = ids.map((id) =>
    proposeHead(freshHead(projectId, nameKey(deps, request, id)), id, first),
  );
  const heads = await lockHeads(tx, proposals, now);
  const refs = ids.map((id) => ({ projectId, alertId: id }));
  const known = new Set((await lockAlerts(tx, refs)).map((alert) => alert.alertId));
  const works = how.work(known, found);
  const byKey = new Map(heads.map((head) => [head.alertKey, head]));
  const moved = works.flatMap(({ alert }): readonly AlertHead[] => {
    const head = byKey.get(alert.alertKey);
    assert(head !== undefined, 'the head of an imported alert is locked');
    if (head.currentAlertId === alert.alertId) return [];
    return [{ ...head, previousAlertId: head.currentAlertId, currentAlertId: alert.alertId }];
  });
  saveWorks(tx, { heads: moved, works, notifications: [] }, { ids: deps.ids, now });
  deps.recordAudit(tx, noteImport(request, works), request.by);
  return works;
}

/** One row for all that one request brought in; none where all of it was there already. */
function noteImport({ config, source }: ImportRequest, works: readonly AlertWork[]) {
  if (works.length === 0) return [];
  const { projectId } = config;
  const object = { kind: 'source', id: source.sourceId, name: source.name };
  const after = { imported: works.length, alert_ids: works.map(({ alert }) => alert.alertId) };
  return { projectId, action: 'alerts.imported', object, before: null, after };
}

function summarize(
  what: {
    readonly works: readonly AlertWork[];
    readonly found: readonly Found[];
    readonly invalid: readonly Notice[];
    readonly request: ImportRequest;
  },
  now: Instant,
): ImportResult {
  const { works, found, invalid } = what;
  const fresh = new Set<string>(works.map(({ alert }) => alert.alertId));
  const dues = works.flatMap(({ escalation }) => escalation?.dueAt ?? []);
  const warnings = found
    .filter(({ raw }) => fresh.has(raw.alertId))
    .flatMap(({ raw, imported }) =>
      imported.warnings.map((message) => ({ alertId: raw.alertId, message })),
    );
  return {
    imported: works.length,
    alreadyThere: found.length - works.length,
    open: works.filter(({ alert }) => isOpen(alert.status)).length,
    dueNow: dues.filter((at) => at <= now).length,
    nextDueAt: dues.toSorted((one, other) => one - other)[0] ?? null,
    warnings,
    invalid,
  };
}
