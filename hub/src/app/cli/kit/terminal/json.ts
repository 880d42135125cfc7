/** What `--json` prints. Pure. */
import type { JsonValue } from '#kernel/syntax/json.ts';

/** What JSON lets stand in a text, and a terminal would obey or hide. */
const STEERING =
  /[\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

/** The same value, with every character that steers a terminal written as `\uXXXX`. */
export function renderJson(value: JsonValue): string {
  return escapeSteering(JSON.stringify(value, null, 2));
}

/** On one line, for commands that print one value after the other. */
export function renderJsonLine(value: JsonValue): string {
  return escapeSteering(JSON.stringify(value));
}

function escapeSteering(text: string): string {
  return text.replaceAll(STEERING, (character) => {
    const code = character.charCodeAt(0).toString(16);
    return `\\u${code.padStart(4, '0')}`;
  });
}
