/**
 * Sentry's integrations (all resources and actions), and the body of its older WebHooks plugin,
 * which is not signed. Pure. docs/guides/sentry.md is the manual.
 *
 * Identity is the issue, whichever resource speaks of it: an event alert raises what the issue's
 * own webhook resolves, for an event alert itself never ends. A metric alert is a problem of its
 * own, and the same until it is resolved. Archiving an issue says that nobody is to be called for
 * it: it resolves too. Comments, assignments, installations and what nobody knows yet are stored,
 * with the alert they speak of, and raise nothing.
 *
 * The event's id is made of the body, so that what Sentry sends again by hand, with another
 * Request-ID, is a duplicate; what happened since is in it: the count and the last sighting.
 * Danger: an event holds what the user of some program typed, sent and was. Only what is named
 * here is kept; headers, cookies, bodies, users and variables never are.
 */
import type { Instant } from '#kernel/instant.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '#kernel/syntax/json.ts';
import { LIMITS } from '#kernel/limits.ts';
import { parseSeverity } from '#kernel/words/severity.ts';
import { readAction, type SentryAction } from '#intake/sentry/action.ts';
import { nameReport } from '#intake/sentry/event-name.ts';
import { describeSubject, readSubject, type Subject } from '#intake/sentry/subject.ts';
import { BARE_REPORT, type Report } from '#intake/report.ts';
import { isSignedBy, parseUnixSeconds } from '#intake/signing/signature.ts';
import {
  NO_MAPPING,
  type ParseContext,
  type RawRequest,
  type SourceReading,
  type SourceType,
  type Verification,
  type VerifyContext,
} from '#intake/source-type.ts';

const SECRET = 'client_secret';

export const SENTRY: SourceType = {
  kind: 'sentry',
  summary: 'Sentry by an internal integration, signed with its client secret; the old plugin too',
  ...NO_MAPPING,
  signing: { secretFields: [{ name: SECRET, label: 'Client Secret' }], verify },
  parse,
  refusalStatus: 400,
  renderAnswer: (results, refusals) => ({
    results: results.map(({ eventId, alertId, isDuplicate }) => ({
      event_id: eventId,
      alert_id: alertId,
      is_duplicate: isDuplicate,
    })),
    refused: [...refusals],
  }),
  renderError: ({ code, message, details }) => ({
    detail: [message, ...details.map((one) => `${one.path}: ${one.message}`)].join(' '),
    code,
  }),
};

const UNSIGNED = 'The request is not signed: Sentry-Hook-Signature is missing.';
const WRONG = 'Sentry-Hook-Signature does not fit the body; the client secret is another one here.';

function verify({ headers, body }: RawRequest, { secrets }: VerifyContext): Verification {
  const known = secrets[SECRET] ?? [];
  if (known.length === 0) return { kind: 'unsigned' };
  // The second one signs what the forms of an integration send.
  const signature = headers['sentry-hook-signature'] ?? headers['sentry-app-signature'];
  if (signature === undefined) return { kind: 'refused', sentence: UNSIGNED };
  if (!isSignedBy(known, body, signature)) return { kind: 'refused', sentence: WRONG };
  // The time of sending is not covered.
  return { kind: 'verified', signedAt: null };
}

const NOT_SENTRY = 'This is no webhook of Sentry.';

function parse(body: JsonValue, context: ParseContext): SourceReading {
  if (!isJsonObject(body)) {
    return {
      ok: false,
      sentence: NOT_SENTRY,
      details: [{ path: '', message: 'must be an object' }],
    };
  }
  const action = readAction(body, context.headers);
  if (action === null) {
    const details = [{ path: 'data', message: 'must be an object, as Sentry-Hook-Resource says' }];
    return { ok: false, sentence: NOT_SENTRY, details };
  }
  return { ok: true, reports: [readReport(action, context)], refusals: [] };
}

function readReport(action: SentryAction, { headers, now, severityDefault }: ParseContext): Report {
  const sentAt = parseUnixSeconds(headers['sentry-hook-timestamp']);
  const subject = readSubject(action, now);
  const meaning = judge(action);
  const isMetric = subject.metricId !== null;
  const severity = isMetric ? METRIC_SEVERITIES[action.action] : subject.level;
  const key = nameProblem(subject);
  const isRemark = meaning === 'remark' || (key === null && meaning !== 'begins');
  const times = readTimes(action, subject, { sentAt, now });
  return {
    ...BARE_REPORT,
    ...describeSubject(action, subject),
    stage: isRemark ? 'updated' : meaning === 'ends' ? 'resolved' : 'received',
    isRemark,
    identity: key === null ? { kind: 'single' } : { kind: 'key', key },
    fingerprint: key === null ? null : `sentry1:${key}`,
    severity: parseSeverity(severity ?? undefined, severityDefault),
    provider: 'sentry',
    providerEventId: nameReport(action, subject),
    providerTs: sentAt ?? subject.at,
    startsAt: isRemark ? null : times.startsAt,
    endsAt: meaning === 'ends' ? times.endsAt : null,
    payload: {
      ...describeRequest(action, headers),
      ...subject.payload,
      ...(isSkewed(sentAt, now) ? { is_clock_skewed: true } : {}),
    },
    isTest: subject.isTest,
  };
}

function isSkewed(sentAt: Instant | null, now: Instant): boolean {
  return sentAt !== null && Math.abs(sentAt - now) > LIMITS.clockSkewMaxMs;
}

const METRIC_SEVERITIES: Readonly<Record<string, string>> = {
  critical: 'critical',
  warning: 'warning',
};

type Meaning = 'begins' | 'ends' | 'remark';

/** Resource, then action; what is not here is stored and raises nothing. */
const MEANINGS: Readonly<Record<string, Readonly<Record<string, Meaning>>>> = {
  event_alert: { triggered: 'begins' },
  error: { created: 'begins' },
  issue: {
    created: 'begins',
    unresolved: 'begins',
    resolved: 'ends',
    archived: 'ends',
    // What archiving was called before.
    ignored: 'ends',
  },
  metric_alert: { critical: 'begins', warning: 'begins', resolved: 'ends' },
  activity_alert: {
    set_regression: 'begins',
    set_unresolved: 'begins',
    set_escalating: 'begins',
    first_seen: 'begins',
    set_resolved: 'ends',
    set_resolved_by_age: 'ends',
    set_resolved_in_commit: 'ends',
    set_resolved_in_pull_request: 'ends',
    set_resolved_in_release: 'ends',
    set_ignored: 'ends',
  },
};

function judge({ resource, action, activity }: SentryAction): Meaning {
  const actions = Object.hasOwn(MEANINGS, resource) ? (MEANINGS[resource] ?? {}) : {};
  const word = resource === 'activity_alert' ? (activity ?? '') : action;
  return Object.hasOwn(actions, word) ? (actions[word] ?? 'remark') : 'remark';
}

/** The same for all that speaks of one problem; null where it speaks of none. */
function nameProblem({ metricId, issueId }: Subject): string | null {
  if (metricId !== null) return `metric:${metricId}`;
  return issueId === null ? null : `issue:${issueId}`;
}

type Times = { readonly sentAt: Instant | null; readonly now: Instant };

/**
 * A metric alert that becomes critical is something new, though it has begun before: it counts
 * from when Sentry says so. An end counts from its sending, or an old one that comes once more
 * would end what has begun since.
 */
function readTimes({ action }: SentryAction, subject: Subject, { sentAt, now }: Times) {
  const isCritical = subject.metricId !== null && action === 'critical';
  const startsAt = isCritical ? (bound(sentAt, now) ?? subject.at) : subject.at;
  return { startsAt, endsAt: subject.endedAt ?? bound(sentAt, now) };
}

/** A clock that is ahead must not make every later end an old one. */
function bound(at: Instant | null, now: Instant): Instant | null {
  return at === null || at > now ? null : at;
}

function describeRequest(action: SentryAction, headers: ParseContext['headers']): JsonObject {
  return {
    resource: action.resource,
    action: action.action,
    installation: action.installation,
    actor: action.actor,
    request_id: headers['request-id']?.slice(0, LIMITS.identifierCharsMax) ?? null,
  };
}
