/**
 * Text on a terminal: cleaned of what would steer it, and measured in columns. Pure. Danger: titles
 * and labels are written by strangers; an escape sequence in one could clear the screen, rename
 * the window or show other words than are there.
 */

const ESC = '\u001b';
const BELL = '\u0007';

/** Whole sequences go, so that their letters do not stay behind. Each has a form of one byte too. */
const SEQUENCES = [
  // CSI: colours, the cursor, clearing.
  `(?:${ESC}\\[|\u009b)[0-?]*[ -/]*[@-~]`,
  // OSC, DCS, SOS, PM and APC: up to their end, or up to the next sequence when that is missing.
  [
    `(?:${ESC}[\\]PX^_]|[\u009d\u0090\u0098\u009e\u009f])`,
    `[^${BELL}${ESC}\u009c]*(?:${BELL}|${ESC}\\\\|\u009c)?`,
  ].join(''),
  `${ESC}[ -/]*[0-~]`,
].join('|');
const ESCAPE_SEQUENCE = new RegExp(SEQUENCES, 'g');

const LINE_BREAK = /\r\n|[\n\r\v\f\u0085\u2028\u2029]/g;
const CONTROL = /\p{Cc}/gu;
/** They change the order in which a line is read, or are not seen at all. */
const UNSEEN =
  /[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e007f}]/gu;

/** One line, without anything that steers a terminal. */
export function cleanText(text: string): string {
  return cleanLines(text).replaceAll('\n', ' ');
}

/** The same for text of several lines. */
export function cleanLines(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(ESCAPE_SEQUENCE, '')
    .replaceAll(LINE_BREAK, '\n')
    .replaceAll('\t', ' ')
    .replaceAll(CONTROL, (character) => (character === '\n' ? '\n' : ''))
    .replaceAll(UNSEEN, '');
}

/** The colours that our own words have; see output.ts. */
const OWN_COLOUR = new RegExp(`(${ESC}\\[(?:0|1;31|33)m)`);

/** The last thing before a terminal: whatever forgot to clean its text steers nothing either. */
export function cleanForTerminal(text: string): string {
  return text
    .split(OWN_COLOUR)
    .map((part, index) => (index % 2 === 1 ? part : cleanLines(part)))
    .join('');
}

const ZERO_WIDTH = /^(?:\p{M}|\p{Cf}|\p{Cc})$/u;
const WIDE =
  /^(?:[\u1100-\u115f\u2329\u232a\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation})$/u;

/** How many columns a cleaned text takes: Chinese, Japanese, Korean and emoji take two each. */
export function measureColumns(text: string): number {
  if (/^[ -~]*$/.test(text)) return text.length;
  let columns = 0;
  for (const character of text) columns += columnsOf(character);
  return columns;
}

function columnsOf(character: string): number {
  if (ZERO_WIDTH.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}

export function padText(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - measureColumns(text)));
}

/** Cut to so many columns, with a mark at its end when something is missing. */
export function cutText(text: string, columnsMax: number): string {
  if (measureColumns(text) <= columnsMax) return text;
  let kept = '';
  let columns = 1;
  for (const character of text) {
    columns += columnsOf(character);
    if (columns > columnsMax) break;
    kept += character;
  }
  return columnsMax < 1 ? '' : `${kept.trimEnd()}…`;
}

/** Broken at blanks; a word that is longer than a line keeps its own. */
export function wrapText(text: string, columnsMax: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && measureColumns(longer) > columnsMax) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
}
