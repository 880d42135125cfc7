/**
 * Ways to spoil a body that was right: in its structure, in its bytes, and in what its headers say
 * of it. Which, fast-check draws, so that a seed gives the same again.
 */
import * as fc from 'fast-check';
import { type JsonValue } from '#kernel/syntax/json.ts';
import { listPlaces, plant, type Tree, write } from './tree.ts';

const many = (count: number, one: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => one(index)).join(',');

const deep = (open: string, close: string, levels: number) =>
  `${open.repeat(levels)}1${close.repeat(levels)}`;

/** What may stand where a value should. */
const VALUES: readonly string[] = [
  'null',
  'true',
  '[]',
  '{}',
  '""',
  '0',
  '-0',
  '-1',
  '1.5',
  '1e400',
  '-1e400',
  '5e-324',
  '9007199254740993',
  '123456789012345678901234567890',
  '253402300800000',
  '"\\u0000"',
  '"a\\u0000b"',
  '"\\ud800"',
  '"\\udc00\\ud800"',
  '"\\u202e\\u2066\\ufeff"',
  '"\\u001b[2J"',
  `"${'x'.repeat(5_000)}"`,
  `"${'💥'.repeat(600)}"`,
  `"${'%00'.repeat(50)}"`,
  '"<script>alert(1)</script>"',
  '"{{ 1 | times: 9 }}{% for i in (1..9) %}"',
  '"__proto__"',
  '"0001-01-01T00:00:00Z"',
  '"2026-02-30T25:61:61Z"',
  '"+275760-09-13T00:00:00.001Z"',
  '"9999-12-31T23:59:59.999999999+23:59"',
  '"http://[::1"',
  '"javascript:alert(1)"',
  '"resolved"',
  '"heartbeat"',
  '{"__proto__":{"polluted":1}}',
  '{"constructor":{"prototype":{"polluted":1}}}',
  '{"toString":1,"valueOf":null,"length":-1}',
  '{"a":1,"a":2}',
  '[null,[],{},"",0]',
  `{${many(600, (index) => `"k${index}":${index}`)}}`,
  `[${many(1_500, () => '{}')}]`,
  `{"long":"${'y'.repeat(40_000)}"}`,
  deep('[', ']', 40),
  deep('[', ']', 2_000),
  deep('{"a":', '}', 60),
  'undefined',
  'NaN',
  "'x'",
];

const KEYS: readonly string[] = [
  '"__proto__"',
  '"constructor"',
  '"prototype"',
  '"toString"',
  '"hasOwnProperty"',
  '""',
  '"\\u0000"',
  '"\\ud83d"',
  `"${'k'.repeat(2_000)}"`,
  '"a.b[0]"',
  '"alert_id"',
  '"project_id"',
  '"status"',
  '"id"',
];

export const CONTENT_TYPES: readonly (string | null)[] = [
  null,
  'application/json',
  'application/json; charset=utf-16',
  'application/json; charset="',
  'text/plain',
  'text/html; charset=iso-8859-1',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'multipart/form-data',
  'application/cloudevents+json',
  'application/cloudevents-batch+json',
  'application/cloudevents+avro',
  'message/rfc822',
  'application/xml',
  'image/png',
  ';;;',
  'a/b/c',
];

const NUL_POSITIONS = [
  String.raw`["2026-11-16T08:00:00.000Z","\u0000","\u0000"]`,
  '2026-11-16T08:00:00.000Z \0/\0',
].map((position) => Buffer.from(position).toString('base64url'));

/** What may stand in an address, as it is sent. */
const PARTS: readonly string[] = [
  '%00',
  '%e2%80%ae',
  '%f0%9f%92%a5',
  '..%2f..%2fetc%2fpasswd',
  "'%20or%201=1--",
  '__proto__',
  'constructor',
  '0',
  '-1',
  '00000000-0000-0000-0000-000000000000',
  'x'.repeat(200),
  ...NUL_POSITIONS,
];

const NAMES: readonly string[] = [
  'project_id',
  'cursor',
  'limit',
  'cursor',
  'q',
  'since',
  'status',
  'x',
  '',
];

/** Beside a body: an odd part of the path, or of the query. */
export const addressing = fc.record({
  part: fc.option(fc.nat(PARTS.length - 1), { nil: null, freq: 3 }),
  query: fc.array(fc.tuple(fc.nat(NAMES.length - 1), fc.nat(PARTS.length - 1)), { maxLength: 2 }),
});
export type Addressing = {
  readonly part: number | null;
  readonly query: readonly (readonly [number, number])[];
};

/** `/a/:id` with the ids of something that is there, unless an odd one was drawn. */
export function renderAddress(
  pattern: string,
  path: Readonly<Record<string, string>>,
  { part, query }: Addressing,
): string {
  const filled = pattern.replaceAll(/:(\w+)/g, (_, name: string) =>
    part === null ? encodeURIComponent(path[name] ?? '') : (PARTS[part] ?? ''),
  );
  const pairs = query.map(([name, value]) => `${NAMES[name]}=${PARTS[value]}`);
  return pairs.length === 0 ? filled : `${filled}?${pairs.join('&')}`;
}

const place = fc.nat(10_000);

const edit = fc.oneof(
  { weight: 4, arbitrary: fc.record({ act: fc.constant('replace'), place, with: place }) },
  fc.record({ act: fc.constantFrom('remove', 'double', 'wrap', 'quote'), place, with: place }),
  fc.record({ act: fc.constant('rename'), place, with: place }),
  fc.record({ act: fc.constant('move'), place, with: place }),
);
type Edit = { readonly act: string; readonly place: number; readonly with: number };

const spoil = fc.record({
  act: fc.constantFrom('cut', 'flip', 'insert', 'twice', 'utf16', 'empty', 'mark'),
  at: fc.nat(100_000),
  bits: fc.nat(255),
});
type Spoil = { readonly act: string; readonly at: number; readonly bits: number };

export const mutation = fc.record({
  edits: fc.array(edit, { maxLength: 4 }),
  spoils: fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(spoil, { minLength: 1, maxLength: 2 }) },
  ),
  /** Null: as it should be. */
  type: fc.oneof(
    { weight: 4, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.nat(CONTENT_TYPES.length - 1) },
  ),
});
export type Mutation = {
  readonly edits: readonly Edit[];
  readonly spoils: readonly Spoil[];
  readonly type: number | null;
};

export function mutateJson(value: JsonValue, { edits }: Mutation): string {
  const root: Tree = { kind: 'array', items: [plant(value)] };
  for (const one of edits) applyEdit(root, one);
  return root.kind === 'array' ? root.items.map(write).join('') : '';
}

function applyEdit(root: Tree, { act, place: at, with: nth }: Edit): void {
  const places = listPlaces(root);
  const here = places[at % places.length];
  if (here === undefined) return;
  const there = places[nth % places.length];
  switch (act) {
    case 'replace':
      return here.replace({ kind: 'raw', text: VALUES[nth % VALUES.length] ?? 'null' });
    case 'remove':
      return here.remove();
    case 'double':
      return here.double();
    case 'wrap':
      return here.replace({ kind: 'array', items: [here.tree, here.tree] });
    case 'quote':
      return here.replace({ kind: 'raw', text: JSON.stringify(write(here.tree)) });
    case 'rename':
      return here.rename?.(KEYS[nth % KEYS.length] ?? '""');
    default:
      return here.replace({ kind: 'raw', text: write(there?.tree ?? here.tree) });
  }
}

export function mutateBytes(text: string, { spoils }: Mutation): Buffer {
  return spoils.reduce(applySpoil, Buffer.from(text));
}

function applySpoil(body: Buffer, { act, at, bits }: Spoil): Buffer {
  const index = body.length === 0 ? 0 : at % body.length;
  switch (act) {
    case 'cut':
      return body.subarray(0, index);
    case 'flip': {
      const copy = Buffer.from(body);
      if (copy.length > 0) copy[index] = (copy[index] ?? 0) ^ (bits === 0 ? 1 : bits);
      return copy;
    }
    case 'insert':
      return Buffer.concat([body.subarray(0, index), Buffer.from([bits]), body.subarray(index)]);
    case 'twice':
      return Buffer.concat([body, body]);
    case 'utf16':
      return Buffer.from(body.toString('latin1'), 'utf16le');
    case 'empty':
      return Buffer.alloc(0);
    default:
      return Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), body]);
  }
}
