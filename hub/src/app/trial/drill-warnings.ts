/** What a drill shows to be wrong, or to hang by one thread: in sentences. Pure. */
import type { ChannelId } from '#kernel/id.ts';
import { LIMITS } from '#kernel/limits.ts';
import { MS_PER_MINUTE } from '#kernel/instant.ts';
import { parseSeverity } from '#kernel/words/severity.ts';
import type { ProjectConfig } from '#app/project-config.ts';
import { renderAfter } from './after.ts';
import type { Drill, DrilledCall } from './drill.ts';

export type DrillWarning = { readonly code: string; readonly message: string };

export type DrillContext = {
  readonly config: ProjectConfig;
  /** The word that was given for the severity. */
  readonly severityWord: string | null;
  /** Channels that cannot be used as they are, and why. */
  readonly faults: ReadonlyMap<ChannelId, string>;
  /** An open alert that a report like this would join. */
  readonly openAlertId: string | null;
};

/** Each sentence once, the gravest first. */
export function findDrillWarnings(drill: Drill, context: DrillContext): readonly DrillWarning[] {
  const warnings = [
    ...findOpenAlert(context),
    ...findNobody(drill, context.config),
    ...findUnusableChannels(drill, context),
    ...findNotReached(drill),
    ...findSingleWay(drill),
    ...findUnusableRules(context.config),
    ...findSkipped(drill),
    ...findSilence(drill),
    ...findUnknownSeverity(drill, context.severityWord),
    ...findCut(drill),
  ];
  const messages = new Set<string>();
  const first = warnings.filter(({ message }) => !messages.has(message) && messages.add(message));
  return first.slice(0, LIMITS.drillWarningsMax);
}

export function reachesNobody({ call, planned }: DrilledCall): boolean {
  return call.purpose === 'call' && planned.rows.every(({ status }) => status !== 'pending');
}

function nameCall({ call, reason }: DrilledCall): string {
  if (call.label !== null) return call.label;
  return reason === 'raised' ? 'the creation' : call.eventType.slice('alert.'.length);
}

function findOpenAlert({ openAlertId }: DrillContext): readonly DrillWarning[] {
  if (openAlertId === null) return [];
  const message = `Alert ${openAlertId} is there already: such a report would not raise a new one, \
and nobody would be called anew.`;
  return [{ code: 'already_raised', message }];
}

function findNobody(drill: Drill, config: ProjectConfig): readonly DrillWarning[] {
  const silent = drill.calls.filter(reachesNobody);
  const startsAt = drill.alert.createdAt;
  const seen = new Set<string>();
  const warnings: DrillWarning[] = [];
  for (const made of silent) {
    const name = nameCall(made);
    if (seen.has(name)) continue;
    seen.add(name);
    const after = renderAfter(made.at - startsAt);
    const message = `Nobody is called at ${after} (${name}): ${explainNobody(made)}.`;
    warnings.push({ code: 'nobody_called', message });
  }
  if (silent.length > 0 && config.ways.administrators.length === 0) {
    const message = 'The project names no administrators, so nobody is told of that either.';
    warnings.push({ code: 'no_administrators', message });
  }
  return warnings;
}

function explainNobody({ call, planned }: DrilledCall): string {
  if (planned.rows.length > 0) {
    const names = [...new Set(planned.rows.map(({ recipient }) => recipient))].slice(0, 5);
    return `inactive: ${names.join(', ')}`;
  }
  if (planned.unreachable.length > 0) return planned.unreachable.slice(0, 5).join(', ');
  const isByRules = call.targets.some(({ type }) => type === 'rules');
  return isByRules ? `no rule for ${call.eventType} takes it` : 'no one is named';
}

function findUnusableChannels(drill: Drill, context: DrillContext): readonly DrillWarning[] {
  const { channels } = context.config.ways;
  return [...listChannels(drill)].flatMap((id) => {
    const name = channels.get(id)?.name ?? 'that was removed';
    const fault = context.faults.get(id);
    const isInactive = channels.get(id)?.isActive === false;
    const inactive = { code: 'channel_inactive', message: `Channel ${name} is inactive.` };
    const message = `Channel ${name} cannot be used: ${fault}.`;
    return [
      ...(isInactive ? [inactive] : []),
      ...(fault === undefined ? [] : [{ code: 'channel_unusable', message }]),
    ];
  });
}

export function listChannels(drill: Drill): ReadonlySet<ChannelId> {
  const rows = drill.calls.flatMap(({ planned, told }) => [...planned.rows, ...told.rows]);
  return new Set(rows.map(({ channelId }) => channelId));
}

function findNotReached(drill: Drill): readonly DrillWarning[] {
  return drill.calls.flatMap((made) =>
    [...made.planned.unreachable, ...made.told.unreachable].map((who) => ({
      code: 'not_reached',
      message: `Not reached by ${nameCall(made)}: ${who}.`,
    })),
  );
}

/** What all of it hangs by. */
function findSingleWay(drill: Drill): readonly DrillWarning[] {
  const rows = drill.calls
    .filter(({ call }) => call.purpose === 'call')
    .flatMap(({ planned }) => planned.rows)
    .filter(({ status }) => status === 'pending');
  const channels = new Set(rows.map(({ channelId }) => channelId));
  const targets = new Set(rows.map(({ target }) => target));
  const [only] = rows;
  if (channels.size !== 1 || only === undefined) return [];
  const people = targets.size === 1 ? `to ${only.recipient} alone` : `to ${targets.size} people`;
  const message = `Every call goes out by one channel, ${people}: while that one fails, nobody is \
called. A second channel of another kind would help.`;
  return [{ code: 'single_way', message }];
}

function findUnusableRules(config: ProjectConfig): readonly DrillWarning[] {
  return config.ways.rules.flatMap(({ rule, fault }) =>
    fault === null
      ? []
      : [{ code: 'rule_unusable', message: `Rule ${rule.name} is passed over: ${fault}.` }],
  );
}

function findSkipped(drill: Drill): readonly DrillWarning[] {
  return drill.skipped.map(({ at, detail }) => {
    const after = renderAfter(at - drill.alert.createdAt);
    return { code: 'step_skipped', message: `Passed over at ${after}: ${detail}.` };
  });
}

/** The alert stays open, and for a long time nobody is called again. */
function findSilence(drill: Drill): readonly DrillWarning[] {
  const { end, alert } = drill;
  const last = drill.calls.findLast(({ call }) => call.eventType !== 'alert.expired');
  if (end === null || last === undefined || end.status !== 'EXPIRED') return [];
  if (end.at - last.at < SILENCE_MS) return [];
  const message = `After ${nameCall(last)} (${renderAfter(last.at - alert.createdAt)}) nobody is \
called again until it expires at ${renderAfter(end.at - alert.createdAt)}.`;
  return [{ code: 'long_silence', message }];
}

const SILENCE_MS = 30 * MS_PER_MINUTE;

function findUnknownSeverity(drill: Drill, word: string | null): readonly DrillWarning[] {
  if (word === null || parseSeverity(word, 'info') === parseSeverity(word, 'critical')) return [];
  const message = `The severity ${word} is no word that we know, so it counts as \
${drill.alert.severity}, the default of the source.`;
  return [{ code: 'severity_unknown', message }];
}

function findCut(drill: Drill): readonly DrillWarning[] {
  if (drill.end !== null) return [];
  const message = `Cut after ${drill.calls.length} calls; it would go on like that.`;
  return [{ code: 'cut', message }];
}
