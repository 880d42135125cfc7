/**
 * The rows of the board, as elements. Whatever a sender wrote goes in as text, never as markup: a
 * title may be hostile. A row stays the same element while its alert is shown, so that what has the
 * focus keeps it.
 *
 * @typedef {import('./words.model.js').Alert} Alert
 * @typedef {import('./words.model.js').Severity} Severity
 * @typedef {{ readonly text: string, readonly kind: 'recorded' | 'waiting' | 'refused' }} Note
 *
 * @typedef {object} Row
 * @property {HTMLLIElement} element
 * @property {(alert: Alert, how: Shown) => void} update
 *
 * @typedef {object} Shown
 * @property {number} nowMs
 * @property {Note | null} note
 * @property {boolean} isLeaving
 * @property {boolean} isAsking
 */
import { describeAlert } from './words.model.js';

const SVG = 'http://www.w3.org/2000/svg';

/** Told apart without colour: eight sides, three, a diamond, a circle, a square. */
/** @type {Readonly<Record<Severity, string>>} */
const SHAPES = {
  critical: 'M10 2h12l8 8v12l-8 8H10l-8-8V10z',
  high: 'M16 2 31 29H1z',
  medium: 'M16 1 31 16 16 31 1 16z',
  low: 'M16 2a14 14 0 1 1 0 28a14 14 0 1 1 0-28z',
  info: 'M4 4h24v24H4z',
};
const DIGITS = { critical: '1', high: '2', medium: '3', low: '4', info: '5' };

/**
 * @param {{ readonly onAcknowledge: () => void, readonly onResolve: () => void }} acts
 * @returns {Row}
 */
export function createRow({ onAcknowledge, onResolve }) {
  const element = document.createElement('li');
  element.className = 'row';
  const glyph = document.createElement('span');
  glyph.className = 'glyph';
  const severity = addText(element, 'p', 'severity');
  const severityWord = document.createElement('span');
  severity.append(glyph, severityWord);
  const status = addText(element, 'p', 'status');
  const title = addText(element, 'h2', 'title');
  // The title may be in any language, and in any direction.
  title.dir = 'auto';
  const place = addText(element, 'p', 'place');
  const facts = addText(element, 'p', 'facts');
  const age = addText(element, 'p', 'age');
  const buttons = addText(element, 'p', 'buttons');
  const acknowledge = addButton(buttons, 'Acknowledge', onAcknowledge);
  acknowledge.className = 'main';
  const resolve = addButton(buttons, 'Resolve…', onResolve);
  const note = addText(element, 'p', 'note');
  note.setAttribute('role', 'status');
  /** @type {Severity | null} */
  let drawn = null;

  return {
    element,
    update: (alert, how) => {
      const words = describeAlert(alert, how.nowMs);
      if (drawn !== words.severity) {
        drawn = words.severity;
        glyph.replaceChildren(drawGlyph(words.severity));
      }
      element.dataset['severity'] = words.severity;
      element.dataset['status'] = alert.status;
      element.classList.toggle('handled', words.isHandled);
      element.classList.toggle('leaving', how.isLeaving);
      setText(severityWord, words.severityWord);
      setText(status, words.statusWord);
      setText(title, words.title);
      setText(place, `${words.place} · ${words.source}`);
      setText(facts, words.facts);
      setText(age, words.age);
      acknowledge.setAttribute('aria-label', `Acknowledge: ${words.title}`);
      resolve.setAttribute('aria-label', `Resolve: ${words.title}`);
      const hadFocus = document.activeElement === acknowledge;
      acknowledge.hidden = !words.canAcknowledge;
      resolve.hidden = !words.canResolve;
      if (hadFocus && acknowledge.hidden) resolve.focus({ preventScroll: true });
      // Not `disabled`: that would take the focus away from whoever pressed it.
      for (const button of [acknowledge, resolve]) {
        button.setAttribute('aria-disabled', String(how.isAsking));
      }
      setText(note, how.note?.text ?? '');
      note.dataset['kind'] = how.note?.kind ?? 'none';
    },
  };
}

/**
 * @param {HTMLElement} parent
 * @param {'p' | 'h2'} tag
 * @param {string} name
 */
function addText(parent, tag, name) {
  const element = document.createElement(tag);
  element.className = name;
  parent.append(element);
  return element;
}

/**
 * @param {HTMLElement} parent
 * @param {string} label
 * @param {() => void} act
 */
function addButton(parent, label, act) {
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = label;
  button.addEventListener('click', () => {
    if (button.getAttribute('aria-disabled') !== 'true') act();
  });
  parent.append(button);
  return button;
}

/** @param {Severity} severity */
function drawGlyph(severity) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 32 32');
  svg.setAttribute('aria-hidden', 'true');
  const shape = document.createElementNS(SVG, 'path');
  shape.setAttribute('d', SHAPES[severity]);
  const digit = document.createElementNS(SVG, 'text');
  digit.setAttribute('x', '16');
  digit.setAttribute('y', severity === 'high' ? '26' : '22');
  digit.textContent = DIGITS[severity];
  svg.append(shape, digit);
  return svg;
}

/**
 * What is the same is left alone: a reader of screens would say it again.
 *
 * @param {HTMLElement} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
