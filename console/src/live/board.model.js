/**
 * The alerts on the board, put together from a list that was read and changes that were told, in
 * whatever order those arrive. The higher version of an alert wins. Pure.
 *
 * @typedef {import('./words.model.js').Alert} Alert
 *
 * @typedef {object} Board
 * @property {ReadonlyMap<string, Alert>} alerts What is known, over or not.
 * @property {ReadonlySet<string>} fresh Told since the last list was asked for.
 * @property {boolean} isRead A list has come.
 */
import { isNeedingSomeone, isOnBoard, SEVERITY_WORDS } from './words.model.js';

/** @type {Board} */
export const EMPTY_BOARD = { alerts: new Map(), fresh: new Set(), isRead: false };

/** @param {Pick<Alert, 'project_id' | 'alert_id'>} alert */
export function nameAlert({ project_id, alert_id }) {
  return `${project_id}/${alert_id}`;
}

/**
 * Changes as they come; the same or an older version changes nothing.
 *
 * @param {Board} board
 * @param {readonly Alert[]} told
 * @returns {Board}
 */
export function applyAlerts(board, told) {
  const alerts = new Map(board.alerts);
  const fresh = new Set(board.fresh);
  for (const alert of told) {
    const name = nameAlert(alert);
    const known = alerts.get(name);
    if (known !== undefined && known.version >= alert.version) continue;
    alerts.set(name, alert);
    fresh.add(name);
  }
  return { ...board, alerts, fresh };
}

/**
 * A list is about to be read: what is told from here on is newer than what it leaves out.
 *
 * @param {Board} board
 * @returns {Board}
 */
export function beginList(board) {
  return { ...board, fresh: new Set() };
}

/**
 * The list is the truth about what was not told meanwhile.
 *
 * @param {Board} board
 * @param {readonly Alert[]} list
 * @returns {Board}
 */
export function applyList(board, list) {
  const kept = [...board.alerts].filter(([name]) => board.fresh.has(name));
  /** @type {Map<string, Alert>} */
  const alerts = new Map(kept);
  for (const alert of list) {
    const name = nameAlert(alert);
    const told = alerts.get(name);
    if (told === undefined || told.version < alert.version) alerts.set(name, alert);
  }
  return { alerts, fresh: new Set(), isRead: true };
}

/**
 * Forgets what is over, but for what is still to be seen leaving.
 *
 * @param {Board} board
 * @param {ReadonlySet<string>} leaving
 * @returns {Board}
 */
export function dropOver(board, leaving) {
  const isKept = (/** @type {readonly [string, Alert]} */ [name, alert]) =>
    isOnBoard(alert) || leaving.has(name) || board.fresh.has(name);
  const alerts = [...board.alerts].filter(isKept);
  return alerts.length === board.alerts.size ? board : { ...board, alerts: new Map(alerts) };
}

/**
 * Those that need somebody first, then the worst, then the newest. While somebody is pointing at
 * the list nothing changes its place: new ones come at the end.
 *
 * @param {readonly Alert[]} alerts
 * @param {readonly string[] | null} frozen names in the order they are shown in
 * @returns {readonly Alert[]}
 */
export function orderAlerts(alerts, frozen) {
  const sorted = alerts.toSorted(compareAlerts);
  if (frozen === null) return sorted;
  const places = new Map(frozen.map((name, place) => [name, place]));
  const placeOf = (/** @type {Alert} */ alert) => places.get(nameAlert(alert)) ?? places.size;
  return sorted.toSorted((one, other) => placeOf(one) - placeOf(other));
}

/**
 * @param {Alert} one
 * @param {Alert} other
 */
function compareAlerts(one, other) {
  return (
    Number(isNeedingSomeone(other)) - Number(isNeedingSomeone(one)) ||
    SEVERITY_WORDS[one.severity].rank - SEVERITY_WORDS[other.severity].rank ||
    compareText(other.created_at, one.created_at) ||
    compareText(nameAlert(one), nameAlert(other))
  );
}

/**
 * @param {string} one
 * @param {string} other
 */
function compareText(one, other) {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

/**
 * The sentence over the list.
 *
 * @param {Board} board
 * @param {boolean} isLive
 */
export function summarise(board, isLive) {
  const shown = [...board.alerts.values()].filter(isOnBoard);
  const needing = shown.filter(isNeedingSomeone).length;
  if (!board.isRead) return 'Reading the list of alerts…';
  if (shown.length === 0 && !isLive) {
    return 'No alert is known here, and this page hears nothing now: that may be a fault.';
  }
  if (shown.length === 0) {
    return 'Nothing needs anyone. No alert is open in what this key may see.';
  }
  const open = shown.length === 1 ? '1 alert is open' : `${shown.length} alerts are open`;
  if (needing === 0) return `${open}, and somebody has ${shown.length === 1 ? 'it' : 'each'}.`;
  return needing === 1 ? `${open}, 1 needs someone.` : `${open}, ${needing} need someone.`;
}

/** @param {Board} board */
export function countNeeding(board) {
  return [...board.alerts.values()].filter(isNeedingSomeone).length;
}
