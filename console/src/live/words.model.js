/**
 * What the board says about one alert, in words. Pure: the time is an argument, and nothing here
 * knows of the page.
 *
 * @typedef {import('@tocsin/contract/alert.ts').AlertAnswer} Alert
 * @typedef {Alert['severity']} Severity
 * @typedef {Alert['status']} Status
 */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * Digit and word stand beside the shape: colour alone tells nothing.
 *
 * @type {Readonly<Record<Severity, { readonly rank: number, readonly word: string }>>}
 */
export const SEVERITY_WORDS = {
  critical: { rank: 1, word: 'Critical' },
  high: { rank: 2, word: 'High' },
  medium: { rank: 3, word: 'Medium' },
  low: { rank: 4, word: 'Low' },
  info: { rank: 5, word: 'Info' },
};

/** @type {Readonly<Record<Status, { readonly glyph: string, readonly word: string }>>} */
export const STATUS_WORDS = {
  PENDING: { glyph: '◌', word: 'Pending' },
  DELIVERED: { glyph: '◐', word: 'Delivered' },
  SEEN: { glyph: '◉', word: 'Seen' },
  ACKNOWLEDGED: { glyph: '✓', word: 'Acknowledged' },
  RESOLVED: { glyph: '✔', word: 'Resolved' },
  EXPIRED: { glyph: '✕', word: 'Expired' },
};

/** What a person can say came of it, in the order they are offered. */
export const OUTCOME_WORDS = /** @type {const} */ ([
  ['help_sent', 'Help was sent'],
  ['false_alarm', 'False alarm'],
  ['fixed', 'Fixed'],
  ['duplicate', 'Same as another alert'],
  ['test', 'A test'],
]);

const INTENT_WORDS = { seen: 'has seen it', calling: 'is calling', on_site: 'is on site' };

/**
 * It has to stay in sight: nobody has answered to the end. One that expired does until somebody
 * closes it.
 *
 * @param {Pick<Alert, 'status' | 'closed_at'>} alert
 */
export function isOnBoard({ status, closed_at }) {
  return status === 'EXPIRED' ? closed_at === null : status !== 'RESOLVED';
}

/** @param {Pick<Alert, 'status' | 'intent' | 'closed_at'>} alert */
export function isNeedingSomeone(alert) {
  if (!isOnBoard(alert)) return false;
  return alert.status !== 'ACKNOWLEDGED' || alert.intent === null;
}

/**
 * In seconds while seconds matter.
 *
 * @param {number} ms
 */
export function renderAge(ms) {
  const past = Math.max(0, ms);
  if (past < 2 * MINUTE) return `${Math.floor(past / SECOND)} s`;
  if (past < HOUR) return `${Math.floor(past / MINUTE)} min`;
  if (past < DAY) return `${Math.floor(past / HOUR)} h ${Math.floor((past % HOUR) / MINUTE)} min`;
  return `${Math.floor(past / DAY)} d ${Math.floor((past % DAY) / HOUR)} h`;
}

/**
 * `0:33`, `1:02:00`, `due`.
 *
 * @param {number} ms
 */
export function renderCountdown(ms) {
  if (ms <= 0) return 'due';
  const seconds = Math.ceil(ms / SECOND);
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60];
  const tail = String(seconds % 60).padStart(2, '0');
  if (hours === 0) return `${minutes}:${tail}`;
  return `${hours}:${String(minutes).padStart(2, '0')}:${tail}`;
}

/** @param {Pick<Alert, 'area_id' | 'camera_id' | 'device_id'>} alert */
export function renderPlace({ area_id, camera_id, device_id }) {
  const parts = [
    ...(area_id === null ? [] : [area_id]),
    ...(camera_id === null ? [] : [`camera ${camera_id}`]),
    ...(device_id === null ? [] : [`device ${device_id}`]),
  ];
  return parts.length === 0 ? 'place not told' : parts.join(' · ');
}

/** @param {Alert} alert */
export function renderHolder(alert) {
  const { status, acknowledged_by: by, intent, assigned_to: to } = alert;
  const assigned = to === null ? '' : `assigned to ${to}`;
  if (status === 'RESOLVED') return `resolved: ${(alert.outcome ?? 'done').replaceAll('_', ' ')}`;
  if (status === 'EXPIRED') return 'nobody answered in time';
  if (by !== null && intent === null) return `${by} cannot come, nobody has it`;
  if (by !== null && intent !== null) {
    return [`${by} ${INTENT_WORDS[intent]}`, ...(to === null ? [] : [assigned])].join(', ');
  }
  if (alert.is_nobody_called) return 'NOBODY IS CALLED';
  return to === null ? 'nobody has it yet' : assigned;
}

/**
 * @param {Alert} alert
 * @param {number} nowMs by the hub's clock
 */
export function renderNext(alert, nowMs) {
  const { next_step: step, status } = alert;
  if (step === null || !['PENDING', 'DELIVERED', 'SEEN'].includes(status)) return null;
  const label = step.label === '' ? 'reminder' : step.label;
  return `${label} in ${renderCountdown(Date.parse(step.due_at) - nowMs)}`.replace('in due', 'due');
}

/**
 * Everything that a row shows.
 *
 * @param {Alert} alert
 * @param {number} nowMs by the hub's clock
 */
export function describeAlert(alert, nowMs) {
  const isOpen = isOnBoard(alert);
  const status = STATUS_WORDS[alert.status];
  const times = alert.occurrence_count === 1 ? [] : [`happened ${alert.occurrence_count} times`];
  const next = renderNext(alert, nowMs);
  return {
    severity: alert.severity,
    severityWord: SEVERITY_WORDS[alert.severity].word,
    statusWord: `${status.glyph} ${status.word}`,
    title: alert.is_test ? `TEST: ${alert.title}` : alert.title,
    place: renderPlace(alert),
    age: `${renderAge(nowMs - Date.parse(alert.created_at))} ago`,
    facts: [...times, renderHolder(alert), ...(next === null ? [] : [next])].join(' · '),
    source: `${alert.project_id} · ${alert.source.name}`,
    canAcknowledge: isOpen && alert.status !== 'ACKNOWLEDGED' && alert.status !== 'EXPIRED',
    canResolve: isOpen,
    isHandled: !isNeedingSomeone(alert),
  };
}
