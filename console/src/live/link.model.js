/**
 * The line to the hub: what comes over it, whether it is alive, and when to try again. Pure: times
 * are milliseconds of a clock that only goes on.
 *
 * A line that is open proves nothing: a hub that stands still keeps it open. Only beats count.
 *
 * @typedef {{ readonly name: string, readonly id: string, readonly data: string }} StreamEvent
 *
 * @typedef {object} Link
 * @property {'connecting' | 'open' | 'waiting'} phase
 * @property {number} attempts In vain, since the last beat.
 * @property {number | null} beatAtMs When the last beat came.
 * @property {number} sinceMs When this phase began.
 * @property {number} retryAtMs When to try again, while waiting.
 * @property {string | null} cursor Where to go on.
 * @property {number | null} changesMissed While resuming: what has come so far.
 * @property {string | null} trouble Why the line is down, in words.
 */

/** Five beats. */
export const SILENCE_MAX_MS = 10_000;
const RETRY_MIN_MS = 500;
const RETRY_MAX_MS = 10_000;

/**
 * @param {number} nowMs
 * @returns {Link}
 */
export function startLink(nowMs) {
  return {
    phase: 'connecting',
    attempts: 0,
    beatAtMs: null,
    sinceMs: nowMs,
    retryAtMs: nowMs,
    cursor: null,
    changesMissed: null,
    trouble: null,
  };
}

/**
 * Cuts server-sent events out of text that comes in pieces.
 *
 * @returns {(text: string) => readonly StreamEvent[]}
 */
export function createEventReader() {
  let rest = '';
  return (text) => {
    const blocks = (rest + text).replaceAll('\r\n', '\n').split('\n\n');
    rest = blocks.pop() ?? '';
    return blocks.flatMap((block) => readBlock(block));
  };
}

/**
 * @param {string} block
 * @returns {readonly StreamEvent[]}
 */
function readBlock(block) {
  let [name, id] = ['message', ''];
  /** @type {string[]} */
  const data = [];
  for (const line of block.split('\n')) {
    const colon = line.indexOf(':');
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') name = value;
    else if (field === 'id') id = value;
    else if (field === 'data') data.push(value);
  }
  return data.length === 0 ? [] : [{ name, id, data: data.join('\n') }];
}

/**
 * @param {Link} link
 * @param {number} nowMs
 * @returns {Link}
 */
export function openLink(link, nowMs) {
  const isResuming = link.cursor !== null;
  return { ...link, phase: 'open', sinceMs: nowMs, changesMissed: isResuming ? 0 : null };
}

/**
 * @param {Link} link
 * @param {StreamEvent} event
 * @param {number} nowMs
 * @returns {Link}
 */
export function hearEvent(link, event, nowMs) {
  const cursor = event.id === '' ? link.cursor : event.id;
  const heard = { ...link, cursor };
  if (event.name === 'beat') {
    return { ...heard, beatAtMs: nowMs, attempts: 0, changesMissed: null, trouble: null };
  }
  const isMissed = event.name === 'alert' && link.changesMissed !== null;
  return isMissed ? { ...heard, changesMissed: (link.changesMissed ?? 0) + 1 } : heard;
}

/**
 * The line is down, or could not be had.
 *
 * @param {Link} link
 * @param {{ readonly trouble: string, readonly chance: number }} why `chance` from 0 to 1
 * @param {number} nowMs
 * @returns {Link}
 */
export function loseLink(link, { trouble, chance }, nowMs) {
  const longest = Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** Math.min(link.attempts, 10));
  // Many boards lose the same hub at once, and shall not all come back at once.
  const waitMs = longest * (0.5 + chance / 2);
  return {
    ...link,
    phase: 'waiting',
    attempts: link.attempts + 1,
    sinceMs: nowMs,
    retryAtMs: nowMs + waitMs,
    changesMissed: null,
    trouble,
  };
}

/**
 * @param {Link} link
 * @param {number} nowMs
 * @returns {Link}
 */
export function retryLink(link, nowMs) {
  return { ...link, phase: 'connecting', sinceMs: nowMs };
}

/**
 * The line is open, and nothing comes: it is cut and tried anew.
 *
 * @param {Link} link
 * @param {number} nowMs
 */
export function isStalled(link, nowMs) {
  if (link.phase === 'waiting') return false;
  return nowMs - Math.max(link.sinceMs, link.beatAtMs ?? 0) > SILENCE_MAX_MS;
}

/**
 * @param {Link} link
 * @param {number} nowMs
 */
export function isAlive(link, nowMs) {
  return (
    link.phase === 'open' && link.beatAtMs !== null && silenceOf(link, nowMs) <= SILENCE_MAX_MS
  );
}

/**
 * @param {Link} link
 * @param {number} nowMs
 */
function silenceOf(link, nowMs) {
  return nowMs - (link.beatAtMs ?? link.sinceMs);
}

/**
 * What the strip and the banner say.
 *
 * @param {Link} link
 * @param {number} nowMs
 * @returns {{ readonly state: 'alive' | 'unknown' | 'silent', readonly strip: string,
 *   readonly banner: string | null }}
 */
export function describeLink(link, nowMs) {
  const silentS = Math.floor(silenceOf(link, nowMs) / 1_000);
  const isSilent = silenceOf(link, nowMs) > SILENCE_MAX_MS;
  const last = link.beatAtMs === null ? 'no beat yet' : `last beat ${silentS} s ago`;
  if (isAlive(link, nowMs))
    return { state: 'alive', strip: `Alarm path alive · ${last}`, banner: null };
  const retryS = Math.max(0, Math.ceil((link.retryAtMs - nowMs) / 1_000));
  const doing = link.phase === 'waiting' ? `trying again in ${retryS} s` : 'connecting';
  const trouble = link.trouble === null ? '' : `${link.trouble} `;
  const strip = `? Alarm path unknown · ${last} · ${doing}`;
  if (!isSilent) return { state: 'unknown', strip, banner: null };
  const banner =
    `Nothing has come from the hub for ${silentS} s: what you see here may be old, and new ` +
    `alerts are not shown. ${trouble}${doing[0]?.toUpperCase()}${doing.slice(1)}.`;
  return { state: 'silent', strip, banner };
}

/**
 * Said once the line is back.
 *
 * @param {number} count
 */
export function renderCaughtUp(count) {
  if (count === 0) return 'Caught up: nothing changed meanwhile.';
  return `Caught up: ${count} ${count === 1 ? 'change' : 'changes'} came meanwhile.`;
}
