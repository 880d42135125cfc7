/**
 * What a field is likely to be called by a sender whose body nobody described. Names count
 * without their case and without `_`, `-`, `.` and blanks: `alert_name`, `AlertName`.
 *
 * Danger: a guess must not silence anybody. A state counts as an end only by words that say
 * nothing else ("ok" is what many senders answer to everything), and an id of an event is never
 * guessed, for one that is not unique would make a duplicate of a new alarm. Pure.
 */
import { isJsonObject, type JsonObject, type JsonValue } from '#kernel/syntax/json.ts';
import type { Stage } from '#intake/report.ts';
import type { Found } from './expression.ts';
import type { FieldName } from './mapping.ts';
import { escapePart } from './pointer.ts';

/** In the order in which they are looked for; with a dot: inside an object of that name. */
const NAMES = {
  title: [
    'title',
    'summary',
    'subject',
    'headline',
    'annotations.summary',
    'annotations.title',
    'alertname',
    'rulename',
    'eventname',
    'labels.alertname',
    'message',
    'msg',
    'text',
    'name',
    'event',
    'alert',
    'alarm',
    'description',
    'reason',
    'value',
  ],
  content: [
    'description',
    'details',
    'detail',
    'annotations.description',
    'annotations.message',
    'message',
    'msg',
    'text',
    'content',
    'body',
    'reason',
  ],
  severity: [
    'severity',
    'priority',
    'level',
    'criticality',
    'urgency',
    'labels.severity',
    'labels.priority',
  ],
  key: ['dedupkey', 'dedupekey', 'fingerprint', 'alertid', 'alarmid', 'key', 'id', 'uid'],
  state: ['state', 'status', 'alertstate', 'alertstatus'],
  time: [
    'time',
    'timestamp',
    'startsat',
    'startedat',
    'occurredat',
    'createdat',
    'datetime',
    'date',
    'ts',
  ],
  device_id: ['deviceid', 'device', 'labels.deviceid'],
  camera_id: ['cameraid', 'camera', 'labels.cameraid'],
  area_id: ['areaid', 'area', 'labels.areaid'],
  url: ['url', 'link', 'href', 'sourceurl', 'generatorurl', 'alerturl', 'dashboardurl'],
  image: ['imageurl', 'image', 'snapshoturl', 'snapshot', 'pictureurl', 'picture', 'photo'],
  event_id: [],
  provider: [],
} as const satisfies Readonly<Record<FieldName, readonly string[]>>;

const LABELS = ['labels', 'tags'];
const ANNOTATIONS = ['annotations'];

/** For a state that the mapping names without saying what its words mean. */
export const STATE_WORDS: ReadonlyMap<string, Stage> = new Map([
  ...words('resolved', ['resolved', 'resolve', 'recovered', 'recovery', 'cleared', 'clear']),
  ...words('resolved', ['closed', 'close', 'ok', 'okay', 'up', 'normal', 'inactive', 'ended']),
  ...words('resolved', ['end', 'fixed', 'solved', 'healthy', 'over']),
  ...words('updated', ['updated', 'update', 'acknowledged', 'ack']),
  ...words('heartbeat', ['heartbeat', 'ping', 'alive']),
]);

/** For a state that nobody named. */
export const GUESSED_STATE_WORDS: ReadonlyMap<string, Stage> = new Map([
  ...words('resolved', ['resolved', 'recovered', 'recovery', 'cleared', 'closed', 'ended']),
  ...words('updated', ['updated', 'update', 'acknowledged']),
  ...words('heartbeat', ['heartbeat']),
]);

function words(stage: Stage, list: readonly string[]): readonly (readonly [string, Stage])[] {
  return list.map((word) => [word, stage]);
}

/** A name that is longer is none of the usual ones. */
const NAME_CHARS_MAX = 32;

export type Guesses = {
  /** The usual fields that are there, in their order, with where they are. */
  readonly list: (name: FieldName) => readonly Found[];
  readonly labels: Found | null;
  readonly annotations: Found | null;
};

export function createGuesses(item: JsonObject): Guesses {
  const names = foldNames(item);
  const find = (path: string): Found | null => {
    const [first = '', second] = path.split('.');
    const name = names.get(first);
    const value = name === undefined ? undefined : item[name];
    if (name === undefined || value === undefined) return null;
    const from = `/${escapePart(name)}`;
    if (second === undefined) return { value, from };
    const inner = isJsonObject(value) ? foldNames(value).get(second) : undefined;
    if (!isJsonObject(value) || inner === undefined) return null;
    return { value: value[inner] ?? null, from: `${from}/${escapePart(inner)}` };
  };
  const findObject = (paths: readonly string[]): Found | null =>
    paths.map(find).find((found) => found !== null && isJsonObject(found.value)) ?? null;
  return {
    list: (field) => NAMES[field].map(find).filter((found) => found !== null),
    labels: findObject(LABELS),
    annotations: findObject(ANNOTATIONS),
  };
}

/** The first of two names that are the same when folded. */
function foldNames(value: JsonObject): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const name of Object.keys(value)) {
    if (name.length > NAME_CHARS_MAX) continue;
    const folded = name.toLowerCase().replaceAll(/[-_.\s]/g, '');
    if (!names.has(folded)) names.set(folded, name);
  }
  return names;
}

/** A guess must be a text or a number; what is deeper is something else. */
export function isScalar(value: JsonValue): value is string | number {
  return typeof value === 'string' || typeof value === 'number';
}
