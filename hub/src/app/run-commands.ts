/**
 * Commands on alerts that are there: locks the alerts in key order, decides, saves, all in one
 * transaction. Used by the API (one command) and by the escalation's beat (many wakes).
 */
import { type Alert, type AlertRefusal } from '#alert/alert.ts';
import { type AlertRef, lockAlerts } from '#alert/store.ts';
import { loadEscalations } from '#escalation/store.ts';
import type { DueSettings } from '#escalation/due.ts';
import { assert } from '#kernel/decision.ts';
import type { AlertCommand } from '#kernel/effect.ts';
import type { AlertId, ProjectId } from '#kernel/id.ts';
import type { Instant } from '#kernel/instant.ts';
import type { Clock, Ids } from '#kernel/ports.ts';
import type { AuditEntry } from '#kernel/words/audit-entry.ts';
import type { RecordAudit } from '#platform/http/acting.ts';
import { type Database, errorCode, type Transaction } from '#platform/postgres/postgres.ts';
import { redactOwnWords } from '#redaction/policy/own-words.ts';
import { watchAnswer } from './audit/answers.ts';
import {
  type AlertWork,
  createWork,
  hasLostEverybody,
  runAlertCommand,
  wakeAlert,
} from './dispatch.ts';
import type { ConfigCache, ProjectConfig } from './project-config.ts';
import { compareText, saveWorks } from './save-works.ts';

export type CommandDeps = {
  readonly database: Database;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly configs: ConfigCache;
  readonly settings: () => DueSettings;
  readonly recordAudit: RecordAudit;
  /** After the commit: so many alerts had somebody to call, and have nobody now. */
  readonly onNobodyCalled: (alerts: number) => void;
};

export type AnswerResult =
  | { readonly kind: 'changed' | 'recorded'; readonly work: AlertWork }
  | { readonly kind: 'refused'; readonly refusal: AlertRefusal }
  | { readonly kind: 'not_found' };

/** What else is written with an answer, under the lock of its alert and before it is decided. */
export type Beside = (tx: Transaction, now: Instant) => Promise<void>;

/** One command of a principal. */
export async function runAnswer(
  deps: CommandDeps,
  ref: AlertRef,
  asked: {
    readonly command: AlertCommand;
    readonly beside?: Beside;
    /** Asked after `beside`; false = what came was known already, and is not written again. */
    readonly isNeeded?: () => boolean;
  },
): Promise<AnswerResult> {
  const answer = await transactTwice<AnswerResult>(deps.database, async (tx) => {
    const [work] = await loadWorks(deps, tx, [ref]);
    if (work === undefined) return { kind: 'not_found' };
    const now = deps.clock.now();
    await asked.beside?.(tx, now);
    if (asked.isNeeded?.() === false) return { kind: 'recorded', work };
    const context = { ids: deps.ids, now, settings: deps.settings() };
    const command = maskWords(asked.command, work.config);
    const watch = watchAnswer(work, command, now);
    const result = runAlertCommand(work, command, context);
    if (result.kind === 'refused') return result;
    saveWorks(tx, { heads: [], works: [work], notifications: [] }, { ids: deps.ids, now });
    deps.recordAudit(tx, watch.note(), asked.command.by);
    return { kind: result.kind, work };
  });
  if ('work' in answer) tellLost(deps, [answer.work]);
  return answer;
}

const LOCK_CONFLICTS = ['40P01', '55P03'];

/** After a deadlock, or a lock that was not to be had, nothing was written: once more. */
async function transactTwice<T>(
  database: Database,
  body: (tx: Transaction) => Promise<T>,
): Promise<T> {
  try {
    return await database.transaction(body);
  } catch (error) {
    if (!LOCK_CONFLICTS.includes(errorCode(error) ?? '')) throw error;
    return database.transaction(body);
  }
}

function tellLost(deps: CommandDeps, works: readonly AlertWork[]): void {
  const lost = works.filter(hasLostEverybody).length;
  if (lost > 0) deps.onNobodyCalled(lost);
}

function maskWords(command: AlertCommand, { redactor }: ProjectConfig): AlertCommand {
  if (!('detail' in command) || command.detail === null) return command;
  return { ...command, detail: redactOwnWords(command.detail, redactor) };
}

/** One command to many alerts: each is decided by itself, all are saved together. */
export async function runAnswers(
  deps: CommandDeps,
  refs: readonly AlertRef[],
  command: AlertCommand,
): Promise<ReadonlyMap<AlertId, Exclude<AnswerResult, { kind: 'not_found' }>>> {
  const answers = await transactTwice(deps.database, async (tx) => {
    const works = await loadWorks(deps, tx, refs);
    const now = deps.clock.now();
    const context = { ids: deps.ids, now, settings: deps.settings() };
    const results = new Map<AlertId, Exclude<AnswerResult, { kind: 'not_found' }>>();
    const moved: AlertWork[] = [];
    const noted: AuditEntry[] = [];
    for (const work of works) {
      const masked = maskWords(command, work.config);
      const watch = watchAnswer(work, masked, now);
      const result = runAlertCommand(work, masked, context);
      if (result.kind !== 'refused') {
        moved.push(work);
        noted.push(...watch.note());
      }
      const answer = result.kind === 'refused' ? result : { kind: result.kind, work };
      results.set(work.alert.alertId, answer);
    }
    saveWorks(tx, { heads: [], works: moved, notifications: [] }, { ids: deps.ids, now });
    // None at all is said too: each of them was refused.
    deps.recordAudit(tx, noted, command.by);
    return { results, moved };
  });
  tellLost(deps, answers.moved);
  return answers.results;
}

/** What is due for these alerts is decided now. Returns whether there is something to send. */
export async function runWakes(deps: CommandDeps, refs: readonly AlertRef[]): Promise<boolean> {
  const woken = await deps.database.transaction(async (tx) => {
    const works = await loadWorks(deps, tx, refs);
    const now = deps.clock.now();
    const context = { ids: deps.ids, now, settings: deps.settings() };
    for (const work of works) wakeAlert(work, context);
    saveWorks(tx, { heads: [], works, notifications: [] }, { ids: deps.ids, now });
    return works;
  });
  tellLost(deps, woken);
  return woken.some((work) => work.notifications.length > 0);
}

/** Locks the alerts, then reads what hangs on them: nobody else can move it meanwhile. */
export async function loadWorks(
  deps: Pick<CommandDeps, 'configs'>,
  tx: Transaction,
  refs: readonly AlertRef[],
): Promise<readonly AlertWork[]> {
  const sorted = refs.toSorted(
    (one, other) =>
      compareText(one.projectId, other.projectId) || compareText(one.alertId, other.alertId),
  );
  const alerts = await lockAlerts(tx, sorted);
  return createWorks(deps, tx, alerts);
}

export async function createWorks(
  deps: Pick<CommandDeps, 'configs'>,
  tx: Transaction,
  alerts: readonly Alert[],
): Promise<readonly AlertWork[]> {
  if (alerts.length === 0) return [];
  const escalations = await loadEscalations(tx, alerts);
  await deps.configs.loadPolicies(tx, escalations);
  const byAlert = new Map(escalations.map((one) => [`${one.projectId}/${one.alertId}`, one]));
  const configs = new Map<ProjectId, ProjectConfig | null>();
  for (const { projectId } of alerts) {
    if (configs.has(projectId)) continue;
    configs.set(projectId, await deps.configs.loadWithin(tx, projectId));
  }
  const works: AlertWork[] = [];
  for (const alert of alerts) {
    const escalation = byAlert.get(`${alert.projectId}/${alert.alertId}`);
    const config = configs.get(alert.projectId) ?? null;
    assert(escalation !== undefined, `alert ${alert.alertId} has an escalation`);
    assert(config !== null, `project ${alert.projectId} is there`);
    const { snapshotId } = escalation;
    const policy = deps.configs.policyOf({ projectId: alert.projectId, snapshotId });
    works.push(createWork({ alert, escalation, policy, snapshotId, config }));
  }
  return works;
}
