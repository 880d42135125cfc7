/**
 * JSON pointers (RFC 6901): `/alert/name`, `/items/0`, `~1` for a slash and `~0` for a tilde. With
 * `$` before it a pointer is of the whole body, where the body is a list of items. Pure.
 */
import { LIMITS } from '#kernel/limits.ts';
import { isJsonObject, type JsonValue } from '#kernel/syntax/json.ts';

export type Pointer = {
  /** As it was written. */
  readonly text: string;
  readonly isOfBody: boolean;
  readonly path: readonly string[];
};

export type PointerReading =
  | { readonly ok: true; readonly pointer: Pointer }
  | { readonly ok: false; readonly message: string };

export function isPointer(text: string): boolean {
  return text.startsWith('/') || text === '$' || text.startsWith('$/');
}

export function parsePointer(text: string): PointerReading {
  const isOfBody = text.startsWith('$');
  const [first, ...path] = (isOfBody ? text.slice(1) : text).split('/');
  if (first !== '') return refuse('must be a JSON pointer, such as /alert/name');
  if (path.length > LIMITS.jsonDepthMax) {
    return refuse(`must have at most ${LIMITS.jsonDepthMax} parts`);
  }
  if (path.some((part) => /~(?![01])/.test(part))) {
    return refuse('has a ~ that is neither ~0 (a tilde) nor ~1 (a slash)');
  }
  return { ok: true, pointer: { text, isOfBody, path: path.map(unescape) } };
}

function refuse(message: string): PointerReading {
  return { ok: false, message };
}

/** In this order: `~01` is `~1`, not a slash. */
function unescape(part: string): string {
  return part.replaceAll('~1', '/').replaceAll('~0', '~');
}

export function escapePart(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

const INDEX = /^(?:0|[1-9]\d{0,8})$/;

/** Undefined where nothing is. Only what the body itself has, never what JavaScript adds. */
export function findAt(root: JsonValue, { path }: Pointer): JsonValue | undefined {
  let value: JsonValue | undefined = root;
  for (const part of path) {
    if (isJsonObject(value)) value = Object.hasOwn(value, part) ? value[part] : undefined;
    else if (isList(value)) value = INDEX.test(part) ? value[Number(part)] : undefined;
    else return undefined;
  }
  return value;
}

export function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}
