/**
 * What the board asks the hub for, with a key, or by the cookie of a login, which no script sees.
 * The key goes into a header, never into an address: addresses end up in logs and histories.
 * Nothing here throws for what a hub or a network may do; each answer is either the thing or a
 * sentence for people.
 *
 * @typedef {import('./words.model.js').Alert} Alert
 *
 * @typedef {object} Refused
 * @property {false} ok
 * @property {number} status 0 = no answer at all.
 * @property {string} sentence
 */

/**
 * @template T
 * @typedef {{ readonly ok: true, readonly value: T } | Refused} Answer
 */

/**
 * @typedef {{ readonly status: string, readonly outcome?: string, readonly detail?: string }}
 *   StatusChange
 */

/** @type {Refused} */
const UNREACHED = { ok: false, status: 0, sentence: 'The hub cannot be reached.' };
/** Longer than the hub itself waits for its database. */
const ANSWER_MAX_MS = 15_000;
const PAGE_ALERTS = 500;
/** More than that nobody reads; the board says that it does not show all. */
const PAGES_MAX = 4;

/**
 * @param {string | null} key Null: the cookie of a login.
 */
export function createHub(key) {
  /** @type {Readonly<Record<string, string>>} */
  const headers = key === null ? {} : { authorization: `Bearer ${key}` };

  /**
   * @param {string} path
   * @param {unknown} [body] Left out: it is read.
   * @returns {Promise<Answer<unknown>>}
   */
  async function ask(path, body) {
    const post = {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    };
    try {
      const signal = AbortSignal.timeout(ANSWER_MAX_MS);
      const response = await fetch(path, { ...(body === undefined ? { headers } : post), signal });
      if (!response.ok) return await readRefusal(response);
      return { ok: true, value: await response.json() };
    } catch {
      return UNREACHED;
    }
  }

  return {
    openStream: (/** @type {string | null} */ cursor, /** @type {AbortSignal} */ signal) =>
      openStream(headers, cursor, signal),
    listAlerts: () => listAlerts(ask),
    /** Who is asking; refused with 401 when nobody is logged in. */
    readMe: () => ask('/api/v1/me').then(readName),
    logOut,

    /**
     * @param {Alert} alert
     * @param {StatusChange} body
     * @returns {Promise<Answer<Alert>>}
     */
    answer: async ({ alert_id, project_id }, body) => {
      const path = `/api/v1/alerts/${encodeURIComponent(alert_id)}/status?project_id=${project_id}`;
      const answer = await ask(path, body);
      return answer.ok ? { ok: true, value: parseAnswer(answer.value) } : answer;
    },
  };
}

/**
 * @param {Answer<unknown>} answer
 * @returns {Answer<string>}
 */
function readName(answer) {
  return answer.ok ? { ok: true, value: parseMe(answer.value).name } : answer;
}

/** Whatever came of it, the page forgets who was here. */
async function logOut() {
  try {
    await fetch('/logout', { method: 'POST', redirect: 'manual' });
  } catch {
    // The hub cannot be reached: the session ends by itself.
  }
}

/**
 * @param {Readonly<Record<string, string>>} headers
 * @param {string | null} cursor
 * @param {AbortSignal} signal
 * @returns {Promise<Answer<ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>>>}
 */
async function openStream(headers, cursor, signal) {
  const last = cursor === null ? {} : { 'last-event-id': cursor };
  try {
    const response = await fetch('/api/v1/stream', { headers: { ...headers, ...last }, signal });
    if (!response.ok || response.body === null) return await readRefusal(response);
    return { ok: true, value: response.body.getReader() };
  } catch {
    return UNREACHED;
  }
}

/**
 * All that belongs on the board, and whether there is more.
 *
 * @param {(path: string) => Promise<Answer<unknown>>} ask
 * @returns {Promise<Answer<{ readonly alerts: readonly Alert[], readonly isCut: boolean }>>}
 */
async function listAlerts(ask) {
  /** @type {Alert[]} */
  const alerts = [];
  let isCut = false;
  // One that expired stays until somebody closes it.
  for (const status of ['open', 'EXPIRED&archived=false']) {
    /** @type {string | null} */
    let cursor = '';
    for (let page = 0; page < PAGES_MAX && cursor !== null; page += 1) {
      const after = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const answer = await ask(`/api/v1/alerts?status=${status}&limit=${PAGE_ALERTS}${after}`);
      if (!answer.ok) return answer;
      const list = parseList(answer.value);
      alerts.push(...list.items);
      cursor = list.next_cursor;
    }
    isCut ||= cursor !== null;
  }
  return { ok: true, value: { alerts, isCut } };
}

/**
 * The hub's own words, where it has some.
 *
 * @param {Response} response
 * @returns {Promise<Refused>}
 */
async function readRefusal(response) {
  const { status } = response;
  /** @type {unknown} */
  const body = await response.json().catch(() => null);
  const error = parseError(body);
  const sentence =
    error === null ? `The hub answered ${status}.` : `${error.message} (${error.code})`;
  return { ok: false, status, sentence };
}

/**
 * @param {unknown} value
 * @returns {{ readonly code: string, readonly message: string } | null}
 */
function parseError(value) {
  const body = /** @type {{ error?: { code?: unknown, message?: unknown } } | null} */ (value);
  const { code, message } = body?.error ?? {};
  return typeof code === 'string' && typeof message === 'string' ? { code, message } : null;
}

/** @param {unknown} value */
function parseList(value) {
  return /** @type {{ readonly items: Alert[], readonly next_cursor: string | null }} */ (value);
}

/** @param {unknown} value */
function parseMe(value) {
  return /** @type {{ readonly name: string }} */ (value);
}

/** @param {unknown} value */
function parseAnswer(value) {
  return /** @type {{ readonly alert: Alert }} */ (value).alert;
}

/**
 * What an event of the stream carries.
 *
 * @param {string} data
 * @returns {Alert}
 */
export function parseAlert(data) {
  return /** @type {Alert} */ (JSON.parse(data));
}

/**
 * @param {string} data
 * @returns {{ readonly at: string }}
 */
export function parseBeat(data) {
  return /** @type {{ readonly at: string }} */ (JSON.parse(data));
}
