/**
 * The live board: a plain page until the console is built. It follows the stream, reads the list
 * when it is told to, and says at every moment whether it hears the hub. What was pressed counts as
 * recorded when the hub has said so, not before.
 *
 * Whoever is logged in needs no key: the browser adds the cookie, which no script sees.
 *
 * Danger: a key is in the tab's session storage, for as long as the tab is open.
 *
 * @typedef {import('./words.model.js').Alert} Alert
 * @typedef {import('./rows.view.js').Note} Note
 * @typedef {import('./rows.view.js').Row} Row
 */
import * as boards from './board.model.js';
import { createHub, parseAlert, parseBeat } from './hub.api.js';
import * as links from './link.model.js';
import { createRow, setText } from './rows.view.js';
import { isOnBoard, OUTCOME_WORDS } from './words.model.js';

const KEY_NAME = 'tocsin.key';
/** Set while somebody is logged in, as far as this browser knows: the cookie itself is unseen. */
const LOGIN_NAME = 'tocsin.login';
/** What the page to log in adds to our address. */
const LOGIN_MARK = '#login';
const TICK_MS = 500;
/** How long what is over stays in sight. */
const LEAVING_MS = 5_000;
/** After a touch nothing moves from under a finger or a pointer. */
const FROZEN_MS = 4_000;
const LIST_RETRY_MS = 5_000;
const CAUGHT_UP_MS = 10_000;
const ROWS_MAX = 300;

const page = {
  path: find('path', HTMLParagraphElement),
  who: find('who', HTMLParagraphElement),
  leave: find('leave', HTMLButtonElement),
  banner: find('banner', HTMLParagraphElement),
  login: find('login', HTMLFormElement),
  key: find('key', HTMLInputElement),
  loginError: find('login-error', HTMLParagraphElement),
  board: find('board', HTMLElement),
  summary: find('summary', HTMLParagraphElement),
  rows: find('rows', HTMLUListElement),
  more: find('more', HTMLParagraphElement),
  dialog: find('resolve', HTMLDialogElement),
  form: find('resolve-form', HTMLFormElement),
  resolveTitle: find('resolve-title', HTMLParagraphElement),
  outcomes: find('outcomes', HTMLDivElement),
  detail: find('detail', HTMLInputElement),
};

/** @type {ReturnType<typeof createHub> | null} Null: nobody is here. */
let hub = null;
/** @type {string | null} Who is logged in; null: somebody with a key, or nobody. */
let operator = null;
let board = boards.EMPTY_BOARD;
let link = links.startLink(performance.now());
/** @type {AbortController | null} */
let line = null;
/** The hub's clock less ours, both in milliseconds. */
let clockOffsetMs = Date.now() - performance.now();
/** @type {{ readonly sentence: string, readonly retryAtMs: number } | null} */
let listFault = null;
let isListWanted = false;
let isListCut = false;
let listNumber = 0;
/** @type {{ readonly text: string, readonly untilMs: number } | null} */
let news = null;
let touchedAtMs = -Infinity;
/** @type {Map<string, Row>} */
const rows = new Map();
/** @type {Map<string, Note>} */
const notes = new Map();
/** @type {Map<string, number>} */
const leaving = new Map();
/** @type {Alert | null} */
let resolving = null;

/**
 * @template {HTMLElement} Kind
 * @param {string} id
 * @param {new () => Kind} kind
 * @returns {Kind}
 */
function find(id, kind) {
  const element = document.getElementById(id);
  if (element instanceof kind) return element;
  throw new Error(`the page lacks #${id}`);
}

/**
 * @param {string | null} key Null: whoever is logged in.
 * @param {string | null} name
 */
function enter(key, name) {
  hub = createHub(key);
  operator = name;
  board = boards.EMPTY_BOARD;
  link = links.startLink(performance.now());
  setText(page.loginError, '');
  void follow();
  render();
}

/** @param {string} why */
function leave(why) {
  sessionStorage.removeItem(KEY_NAME);
  localStorage.removeItem(LOGIN_NAME);
  hub = null;
  operator = null;
  line?.abort();
  isListWanted = false;
  listFault = null;
  news = null;
  for (const kept of [rows, notes, leaving]) kept.clear();
  page.rows.replaceChildren();
  if (page.dialog.open) page.dialog.close();
  setText(page.loginError, why);
  render();
  page.key.value = '';
  page.key.focus();
}

/** Holds one line to the hub until it breaks; the tick tries again. */
async function follow() {
  const asked = hub;
  if (asked === null) return;
  line = new AbortController();
  link = links.retryLink(link, performance.now());
  const opened = await asked.openStream(link.cursor, line.signal);
  if (asked !== hub) return;
  if (!opened.ok && (opened.status === 401 || opened.status === 403)) {
    leave(operator === null ? explainRefusal(opened.status) : explainEnd(opened.status));
    return;
  }
  if (opened.ok) {
    link = links.openLink(link, performance.now());
    await hearAll(opened.value, () => asked === hub);
    if (asked !== hub) return;
  }
  const trouble = opened.ok ? 'The line to the hub broke.' : opened.sentence;
  link = links.loseLink(link, { trouble, chance: Math.random() }, performance.now());
  render();
}

/** @param {number} status */
function explainRefusal(status) {
  return status === 401
    ? 'The hub does not take this key: it is not one of its keys, was revoked, or has run out.'
    : 'This key may not read alerts; it can only report them. Ask for one with the role viewer ' +
        'or responder.';
}

/** @param {number} status */
function explainEnd(status) {
  return status === 401
    ? 'Your login has ended. Log in again.'
    : 'You may not read alerts in any project. An administrator can give you a role.';
}

/** Whoever is logged in gets in without a key. */
async function enterByLogin() {
  const me = await createHub(null).readMe();
  if (hub !== null) return;
  if (me.ok) {
    localStorage.setItem(LOGIN_NAME, 'yes');
    enter(null, me.value);
  } else leave(me.status === 401 ? '' : me.sentence);
}

async function logOut() {
  const asked = hub;
  const isLogin = operator !== null;
  leave('');
  if (isLogin) await asked?.logOut();
}

/**
 * @param {ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>} reader
 * @param {() => boolean} isWanted
 */
async function hearAll(reader, isWanted) {
  const decoder = new TextDecoder();
  const cut = links.createEventReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done || !isWanted()) return;
      hear(cut(decoder.decode(value, { stream: true })));
    }
  } catch {
    // The line broke, or we cut it: either way it is tried anew.
  }
}

/** @param {readonly import('./link.model.js').StreamEvent[]} events */
function hear(events) {
  const told = events.filter(({ name }) => name === 'alert').map(({ data }) => parseAlert(data));
  if (told.length > 0) board = boards.applyAlerts(board, told);
  for (const event of events) {
    const nowMs = performance.now();
    const before = link;
    link = links.hearEvent(link, event, nowMs);
    if (event.name === 'resync') wantList();
    if (event.name !== 'beat') continue;
    clockOffsetMs = Date.parse(parseBeat(event.data).at) - nowMs;
    if (before.changesMissed !== null && !isListWanted)
      tell(links.renderCaughtUp(before.changesMissed));
  }
  render();
}

/** @param {string} text */
function tell(text) {
  news = { text, untilMs: performance.now() + CAUGHT_UP_MS };
}

function wantList() {
  isListWanted = true;
  void readList();
}

async function readList() {
  const asked = hub;
  if (asked === null) return;
  listNumber += 1;
  const number = listNumber;
  const wasRead = board.isRead;
  board = boards.beginList(board);
  listFault = null;
  const answer = await asked.listAlerts();
  if (asked !== hub || number !== listNumber) return;
  if (answer.ok) {
    isListWanted = false;
    isListCut = answer.value.isCut;
    board = boards.applyList(board, answer.value.alerts);
    if (wasRead) tell('Caught up: the list was read again.');
  } else {
    listFault = { sentence: answer.sentence, retryAtMs: performance.now() + LIST_RETRY_MS };
  }
  render();
}

/**
 * @param {Alert} alert
 * @param {{ readonly status: string, readonly outcome?: string, readonly detail?: string }} body
 * @param {string} what
 */
async function answer(alert, body, what) {
  const name = boards.nameAlert(alert);
  const asked = hub;
  if (asked === null) return;
  notes.set(name, { kind: 'waiting', text: 'Sending… not recorded yet.' });
  render();
  const result = await asked.answer(alert, body);
  if (asked !== hub) return;
  if (result.ok) {
    board = boards.applyAlerts(board, [result.value]);
    notes.set(name, { kind: 'recorded', text: `Recorded: ${what}.` });
  } else {
    const hint = result.status === 0 ? ' Press again to try again.' : '';
    notes.set(name, { kind: 'refused', text: `NOT recorded. ${result.sentence}${hint}` });
  }
  render();
}

/** @param {string} name */
function acknowledge(name) {
  const alert = board.alerts.get(name);
  if (alert !== undefined) void answer(alert, { status: 'ACKNOWLEDGED' }, 'you have seen it');
}

/** @param {string} name */
function askOutcome(name) {
  const alert = board.alerts.get(name);
  if (alert === undefined) return;
  resolving = alert;
  page.form.reset();
  setText(page.resolveTitle, alert.title);
  page.dialog.returnValue = '';
  page.dialog.showModal();
}

function resolve() {
  const alert = resolving;
  resolving = null;
  if (alert === null || page.dialog.returnValue !== 'resolve') return;
  const chosen = page.outcomes.querySelector('input:checked');
  const outcome = chosen instanceof HTMLInputElement ? chosen.value : 'fixed';
  const detail = page.detail.value.trim();
  const word = OUTCOME_WORDS.find(([name]) => name === outcome)?.[1] ?? outcome;
  const body = { status: 'RESOLVED', outcome, ...(detail === '' ? {} : { detail }) };
  // What expired stays so, and leaves the board.
  const what = alert.status === 'EXPIRED' ? 'closed' : 'resolved';
  void answer(alert, body, `${what}, ${word.toLowerCase()}`);
}

function render() {
  const nowMs = performance.now();
  page.login.hidden = hub !== null;
  page.board.hidden = hub === null;
  page.leave.hidden = hub === null;
  setText(page.leave, operator === null ? 'Forget the key' : 'Log out');
  page.who.hidden = operator === null;
  setText(page.who, operator ?? '');
  renderLink(nowMs);
  if (hub !== null) renderRows(nowMs);
}

/** @param {number} nowMs */
function renderLink(nowMs) {
  const words = links.describeLink(link, nowMs);
  const needing = boards.countNeeding(board);
  const mark = words.state === 'alive' ? '' : '! ';
  document.title = hub === null ? 'Tocsin' : `${mark}${needing > 0 ? `(${needing}) ` : ''}Tocsin`;
  setText(page.path, hub === null ? '' : words.strip);
  page.path.dataset['state'] = words.state;
  const banner = hub === null ? null : words.banner;
  page.banner.hidden = banner === null;
  // Said once, not each second anew: only the strip counts.
  if (banner === null) setText(page.banner, '');
  else if (page.banner.textContent === '') setText(page.banner, banner);
  page.board.classList.toggle('stale', banner !== null);
}

/** @param {number} nowMs */
function renderRows(nowMs) {
  setText(page.summary, renderSummary(nowMs));
  page.board.setAttribute('aria-busy', String(!board.isRead));
  const isFrozen = nowMs - touchedAtMs < FROZEN_MS;
  noteLeaving(nowMs, isFrozen);
  board = boards.dropOver(board, new Set(leaving.keys()));
  const all = [...board.alerts.values()].filter(
    (alert) => isOnBoard(alert) || leaving.has(boards.nameAlert(alert)),
  );
  const ordered = boards.orderAlerts(all, isFrozen ? [...rows.keys()] : null);
  const shown = ordered.slice(0, ROWS_MAX);
  page.more.hidden = shown.length === ordered.length && !isListCut;
  const left = isListCut ? 'more' : String(ordered.length - shown.length);
  setText(page.more, `There are ${left} further alerts that are not shown here.`);
  placeRows(shown, nowMs);
}

/** @param {number} nowMs */
function renderSummary(nowMs) {
  if (listFault !== null) {
    const again = Math.max(0, Math.ceil((listFault.retryAtMs - nowMs) / 1_000));
    const { sentence } = listFault;
    return `The list of alerts could not be read: ${sentence} Trying again in ${again} s.`;
  }
  const sentence = boards.summarise(board, links.isAlive(link, nowMs));
  return news !== null && nowMs < news.untilMs ? `${sentence} ${news.text}` : sentence;
}

/**
 * What was in sight and is over is seen leaving.
 *
 * @param {number} nowMs
 * @param {boolean} isFrozen
 */
function noteLeaving(nowMs, isFrozen) {
  for (const name of rows.keys()) {
    const alert = board.alerts.get(name);
    const isOver = alert !== undefined && !isOnBoard(alert);
    if (isOver && !leaving.has(name)) leaving.set(name, nowMs);
  }
  for (const [name, sinceMs] of leaving) {
    if (nowMs - sinceMs > LEAVING_MS && !isFrozen) leaving.delete(name);
  }
}

/**
 * @param {readonly Alert[]} shown
 * @param {number} nowMs
 */
function placeRows(shown, nowMs) {
  const focused = document.activeElement;
  const names = new Set(shown.map(boards.nameAlert));
  for (const [name, row] of rows) {
    if (names.has(name)) continue;
    row.element.remove();
    rows.delete(name);
    notes.delete(name);
  }
  const known = new Map(rows);
  rows.clear();
  for (const [place, alert] of shown.entries()) {
    const name = boards.nameAlert(alert);
    const row =
      known.get(name) ??
      createRow({ onAcknowledge: () => acknowledge(name), onResolve: () => askOutcome(name) });
    rows.set(name, row);
    const note = notes.get(name) ?? null;
    row.update(alert, {
      nowMs: nowMs + clockOffsetMs,
      note,
      isLeaving: leaving.has(name),
      isAsking: note?.kind === 'waiting',
    });
    const here = page.rows.children[place];
    if (here !== row.element) page.rows.insertBefore(row.element, here ?? null);
  }
  // An element that is moved loses the focus.
  const isLost = focused instanceof HTMLElement && document.activeElement !== focused;
  if (isLost && page.rows.contains(focused)) focused.focus({ preventScroll: true });
}

function tick() {
  const nowMs = performance.now();
  if (hub !== null) {
    if (links.isStalled(link, nowMs)) line?.abort();
    if (link.phase === 'waiting' && nowMs >= link.retryAtMs) void follow();
    if (listFault !== null && nowMs >= listFault.retryAtMs) void readList();
  }
  render();
}

function addOutcomes() {
  for (const [name, word] of OUTCOME_WORDS) {
    const label = document.createElement('label');
    const input = document.createElement('input');
    Object.assign(input, { type: 'radio', name: 'outcome', value: name, required: true });
    label.append(input, word);
    page.outcomes.append(label);
  }
}

page.login.addEventListener('submit', (event) => {
  event.preventDefault();
  const key = page.key.value.trim();
  page.key.value = '';
  if (key === '') return;
  sessionStorage.setItem(KEY_NAME, key);
  enter(key, null);
});
page.leave.addEventListener('click', () => void logOut());
page.dialog.addEventListener('close', resolve);
for (const kind of ['pointermove', 'pointerdown', 'focusin', 'keydown']) {
  page.rows.addEventListener(kind, () => {
    touchedAtMs = performance.now();
  });
}
addOutcomes();
const stored = sessionStorage.getItem(KEY_NAME);
const isComing = location.hash === LOGIN_MARK;
if (isComing) history.replaceState(null, '', location.pathname);
if (isComing || (stored === null && localStorage.getItem(LOGIN_NAME) !== null)) {
  sessionStorage.removeItem(KEY_NAME);
  render();
  void enterByLogin();
} else if (stored === null) {
  render();
  page.key.focus();
} else enter(stored, null);
setInterval(tick, TICK_MS);
