/**
 * Values that must be found nowhere once they have been sent: one for each class that is masked,
 * all invented. A needle is the part of a value that nothing else holds, in lower case.
 */
import { isJsonObject, type JsonObject, type JsonValue } from '#kernel/syntax/json.ts';

export type Canary = { readonly text: string; readonly needles: readonly string[] };

const JWT_PAYLOAD = 'eyJzdWIiOiJjYW5hcnktYmlyZCJ9';

/** About somebody: what senders report must not hold it, colleagues may write it down. */
const PERSONAL: readonly Canary[] = [
  { text: 'canary.bird@cage.example', needles: ['canary.bird'] },
  { text: '+39 347 768 2233', needles: ['768 2233', '7682233'] },
  { text: 'IT60X0542811101000000123456', needles: ['0542811101000000'] },
  { text: '4111 1111 1111 1111', needles: ['1111 1111', '11111111'] },
  { text: 'RSSMRA85T10A562S', needles: ['rssmra85t10a562s'] },
  { text: '11010519491231002X', needles: ['11010519491231002'] },
];

/** Keys to something. */
export const SECRET_CANARIES: readonly Canary[] = [
  { text: 'password=Kanarienvogel77', needles: ['kanarienvogel77'] },
  { text: 'Authorization: Bearer c4n4ryBearer0123456789', needles: ['c4n4rybearer'] },
  {
    text: `eyJhbGciOiJIUzI1NiJ9.${JWT_PAYLOAD}.c2lnbmVkLWJ5LWEtYmlyZA`,
    needles: [JWT_PAYLOAD.toLowerCase()],
  },
  { text: 'AKIACANARYBIRD234567', needles: ['canarybird234567'] },
  { text: 'https://perch:s33dAndWater@box.example/live', needles: ['s33dandwater'] },
  { text: 'https://box.example/a?access_token=qu3ryT0kenCanary', needles: ['qu3ryt0ken'] },
  { text: 'Cookie: session=peckPeckPeck0123', needles: ['peckpeckpeck'] },
];

export const CANARIES: readonly Canary[] = [...PERSONAL, ...SECRET_CANARIES];

export const NEEDLES: readonly string[] = [
  ...CANARIES.flatMap(({ needles }) => needles),
  'k3yedbird',
];

const ALL = CANARIES.map(({ text }) => text).join('\n');

/** What a field's name alone gives away. */
const KEYED: JsonObject = {
  password: 'k3yedBird, quite a common word',
  headers: { authorization: 'k3yedBird', 'set-cookie': ['k3yedBird=1', 'b=2'] },
  [CANARIES[0]?.text ?? '']: 'as a name',
  inner: JSON.stringify({ password: 'k3yedBird', note: ALL }),
};

/**
 * The body with canaries at every place, one place at a time: all of them behind what stands
 * there, and one of them instead of it; and in every object fields that nobody expects.
 */
export function listSung(body: JsonValue): readonly JsonValue[] {
  let turn = 0;
  return listPlaces(body).flatMap((place) => {
    turn += 1;
    const alone = CANARIES[turn % CANARIES.length]?.text ?? ALL;
    return [
      sing(body, place, (value) =>
        typeof value === 'string' ? `${value} ${ALL}` : { ...value, ...KEYED },
      ),
      sing(body, place, (value) => (typeof value === 'string' ? alone : { ...value, [ALL]: ALL })),
    ];
  });
}

type Place = readonly (string | number)[];

/** Of every text, and of every object. */
function listPlaces(value: JsonValue): readonly Place[] {
  if (typeof value === 'string') return [[]];
  if (typeof value !== 'object' || value === null) return [];
  const below = (step: string | number, child: JsonValue) =>
    listPlaces(child).map((place) => [step, ...place]);
  if (isJsonObject(value)) {
    return [[], ...Object.entries(value).flatMap(([key, child]) => below(key, child))];
  }
  return [...value.entries()].flatMap(([index, child]) => below(index, child));
}

function sing(
  value: JsonValue,
  [step, ...rest]: Place,
  change: (value: string | JsonObject) => JsonValue,
): JsonValue {
  if (step === undefined) {
    return typeof value === 'string' || isJsonObject(value) ? change(value) : value;
  }
  if (Array.isArray(value)) {
    return value.map((child: JsonValue, index) =>
      index === step ? sing(child, rest, change) : child,
    );
  }
  if (!isJsonObject(value)) return value;
  return { ...value, [step]: sing(value[step] ?? null, rest, change) };
}
