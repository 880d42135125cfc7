/**
 * One item of a body as a report, by a mapping and by guesses. Pure.
 *
 * Danger: nothing here may lose an alarm. What cannot be read is left empty and said in the notes;
 * a title and a severity are always found; an unknown state is a new report. Only an end that
 * names nothing is refused, for it can end nothing.
 */
import type { Instant } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import { isJsonObject } from '#kernel/syntax/json.ts';
import { parseSeverity, type Severity } from '#kernel/words/severity.ts';
import {
  BARE_REPORT,
  type Identity,
  type Labels,
  type Report,
  type Stage,
} from '#intake/report.ts';
import type { ParseContext } from '#intake/source-type.ts';
import { describeField, evaluateField, type Found, isBlank, type Item } from './expression.ts';
import { createGuesses, GUESSED_STATE_WORDS, type Guesses, isScalar } from './guess.ts';
import { STATE_WORDS } from './guess.ts';
import { type FieldName, foldWord, type Mapping, type TextsField } from './mapping.ts';
import {
  boundPayload,
  cutIdentity,
  cutLine,
  cutText,
  isWebAddress,
  readLabels,
  readText,
  readTime,
} from './value.ts';

export type ItemReading = { readonly report: Report } | { readonly refusal: string };

type Reader = {
  readonly item: Item;
  readonly mapping: Mapping;
  readonly guesses: Guesses;
  readonly context: ParseContext;
  readonly note: (field: string, message: string) => void;
};

export function readReport(
  item: Item,
  how: { readonly mapping: Mapping; readonly context: ParseContext; readonly note: Reader['note'] },
): ItemReading {
  const reader: Reader = { ...how, item, guesses: createGuesses(item.value) };
  const key = readKey(reader);
  const state = readState(reader, key !== null);
  if (state.stage === 'resolved' && key === null) {
    const sentence = 'it says that something is over, but not what: map `key`';
    return { refusal: `${sentence} to what names the problem (state ${state.from})` };
  }
  return { report: buildReport(reader, key, state.stage) };
}

function buildReport(reader: Reader, key: string | null, stage: Stage): Report {
  const { item, context } = reader;
  const title = readTitle(reader);
  const at = readMoment(reader);
  const identity: Identity = key === null ? { kind: 'single' } : { kind: 'key', key };
  const labels = readTexts(reader, 'labels', {
    countMax: LIMITS.labelsMax,
    valueCharsMax: LIMITS.labelValueCharsMax,
  });
  return {
    ...BARE_REPORT,
    stage,
    identity,
    fingerprint: key,
    title: title.text,
    severity: readSeverity(reader),
    labels,
    annotations: readTexts(reader, 'annotations', {
      countMax: LIMITS.annotationsMax,
      valueCharsMax: LIMITS.annotationCharsMax,
    }),
    provider: readIdentifier(reader, 'provider') ?? 'generic',
    providerEventId: nameEvent(readEventId(reader), stage),
    content: readContent(reader, title),
    sourceUrl: readAddress(reader, 'url'),
    alertname: cutName(labels['alertname']),
    namespace: cutName(labels['namespace']),
    targetResource: cutName(labels['instance'] ?? labels['host']),
    payload: boundPayload(item.value),
    providerTs: at,
    deviceId: readIdentifier(reader, 'device_id'),
    cameraId: readIdentifier(reader, 'camera_id'),
    areaId: readIdentifier(reader, 'area_id'),
    image: readAddress(reader, 'image'),
    startsAt: stage === 'received' ? beginOf(at, context.now) : null,
  };
}

/**
 * The same key with the same time is the same report sent again. Without a time each is a new
 * one, or a problem that a person has closed could never be reported again. A time that is still
 * to come would make the reports until then repeats of this one.
 */
function beginOf(at: Instant | null, now: Instant): Instant {
  return at === null || at > now ? now : at;
}

/** One id of the sender may come with the begin and with the end of the same thing. */
function nameEvent(id: string | null, stage: Stage): string | null {
  return id === null || stage === 'received' ? id : cutIdentity(`${id}:${stage}`);
}

/** What the mapping says, else the guesses; null where the mapping wants it empty. */
function findValues(reader: Reader, name: FieldName): { mapped: boolean; found: readonly Found[] } {
  const field = reader.mapping.fields[name];
  if (field === null) return { mapped: true, found: [] };
  if (field === undefined) {
    const found = reader.guesses.list(name).filter(({ value }) => isScalar(value));
    return { mapped: false, found: found.filter(({ value }) => !isBlank(value)) };
  }
  const found = evaluateField(field, reader.item, name === 'key');
  if (found === null) reader.note(name, `missing or empty: ${describeField(field)}`);
  return { mapped: true, found: found === null ? [] : [found] };
}

function say(reader: Reader, name: string, how: { mapped: boolean; from: string }): void {
  reader.note(name, `${how.mapped ? 'from' : 'guessed from'} ${how.from}`);
}

type Title = { readonly text: string; readonly from: string | null; readonly isWhole: boolean };

function readTitle(reader: Reader): Title {
  const { mapped, found } = findValues(reader, 'title');
  const guessed = mapped ? reader.guesses.list('title') : found;
  const choices = [
    ...found.map((one) => ({ ...one, mapped })),
    ...guessed.map((one) => ({ ...one, mapped: false })),
  ];
  for (const choice of choices) {
    if (!choice.mapped && typeof choice.value !== 'string') continue;
    const whole = readText(choice.value, reader.item.work) ?? '';
    const [first = ''] = choice.mapped ? [whole] : whole.trim().split(/[\r\n]/, 1);
    const text = cutLine(first, LIMITS.titleCharsMax);
    if (text === '') continue;
    say(reader, 'title', choice);
    return { text, from: choice.from, isWhole: text.length === whole.trim().length };
  }
  reader.note('title', 'nothing that looks like one: a general title');
  return { text: 'Report without a title', from: null, isWhole: false };
}

function readContent(reader: Reader, title: Title): string | null {
  const { mapped, found } = findValues(reader, 'content');
  const isNew = (one: Found) => mapped || one.from !== title.from || !title.isWhole;
  for (const one of found.filter(isNew)) {
    const text = readText(one.value, reader.item.work);
    if (text === null) continue;
    say(reader, 'content', { mapped, from: one.from });
    return cutText(text, LIMITS.contentCharsMax);
  }
  if (mapped || title.from !== null) return null;
  const body = readText(reader.item.value, reader.item.work);
  if (body === null) return null;
  reader.note('content', 'the whole body');
  return cutText(body, LIMITS.contentCharsMax);
}

function readSeverity(reader: Reader): Severity {
  const { mapping, context, note } = reader;
  const { mapped, found } = findValues(reader, 'severity');
  for (const one of found) {
    const text = cutText(readText(one.value, reader.item.work) ?? '', LIMITS.severityCharsMax);
    const severity = mapping.severityWords.get(foldWord(text)) ?? knownSeverity(text);
    if (severity !== null) {
      say(reader, 'severity', { mapped, from: one.from });
      return severity;
    }
    note('severity', `${JSON.stringify(text)} of ${one.from} is no word for one that is known`);
  }
  note('severity', `${context.severityDefault}, the default of the source`);
  return context.severityDefault;
}

/** Null for a word that means none. */
function knownSeverity(word: string): Severity | null {
  const severity = parseSeverity(word, 'low');
  return severity === parseSeverity(word, 'high') ? severity : null;
}

type State = { readonly stage: Stage; readonly from: string };

function readState(reader: Reader, hasKey: boolean): State {
  const { mapped, found } = findValues(reader, 'state');
  const { stateWords } = reader.mapping;
  const usual = mapped ? STATE_WORDS : GUESSED_STATE_WORDS;
  const words = stateWords.size === 0 ? usual : stateWords;
  for (const one of found) {
    const text = readText(one.value, reader.item.work) ?? '';
    const stage = words.get(foldWord(text.slice(0, LIMITS.mappingTextCharsMax)));
    if (stage === undefined) {
      if (mapped) say(reader, 'state', { mapped, from: `${one.from}: a new report` });
      continue;
    }
    // A word alone ends nothing; that somebody must look at it is the safer reading.
    if (!mapped && stage === 'resolved' && !hasKey) continue;
    say(reader, 'state', { mapped, from: one.from });
    return { stage, from: one.from };
  }
  return { stage: 'received', from: '' };
}

function readKey(reader: Reader): string | null {
  const { mapped, found } = findValues(reader, 'key');
  for (const one of found) {
    const text = readText(one.value, reader.item.work)?.trim() ?? '';
    const key = cutIdentity(text);
    if (key === '') continue;
    say(reader, 'key', { mapped, from: one.from });
    return key;
  }
  reader.note('key', 'none: each report is a problem of its own');
  return null;
}

function readEventId(reader: Reader): string | null {
  const { mapped, found } = findValues(reader, 'event_id');
  for (const one of found) {
    const id = cutIdentity(readText(one.value, reader.item.work)?.trim() ?? '');
    if (id === '') continue;
    say(reader, 'event_id', { mapped, from: one.from });
    return id;
  }
  return null;
}

function readMoment(reader: Reader): Instant | null {
  const { mapped, found } = findValues(reader, 'time');
  for (const one of found) {
    const at = readTime(one.value, reader.mapping.zone);
    if (at !== null) {
      say(reader, 'time', { mapped, from: one.from });
      return at;
    }
    const ways = 'neither RFC 3339 nor seconds or milliseconds since 1970';
    const hint = reader.mapping.zone === null ? '; without an offset it needs time.zone' : '';
    reader.note('time', `unreadable at ${one.from}: ${ways}${hint}`);
  }
  return null;
}

/** Cut, it would be the id of something else. */
function readIdentifier(reader: Reader, name: FieldName): string | null {
  const { mapped, found } = findValues(reader, name);
  for (const one of found) {
    const text = cutLine(readText(one.value, reader.item.work) ?? '', LIMITS.contentCharsMax);
    if (text !== '' && text.length <= LIMITS.identifierCharsMax) {
      say(reader, name, { mapped, from: one.from });
      return text;
    }
    reader.note(
      name,
      `${one.from} has more than ${LIMITS.identifierCharsMax} characters: left out`,
    );
  }
  return null;
}

function readAddress(reader: Reader, name: 'url' | 'image'): string | null {
  const { mapped, found } = findValues(reader, name);
  for (const one of found) {
    const text = (readText(one.value, reader.item.work) ?? '').trim();
    if (isWebAddress(text)) {
      say(reader, name, { mapped, from: one.from });
      return text;
    }
    if (mapped) reader.note(name, `${one.from} is no http or https address: left out`);
  }
  return null;
}

type TextBounds = { readonly countMax: number; readonly valueCharsMax: number };

function readTexts(reader: Reader, name: 'labels' | 'annotations', bounds: TextBounds): Labels {
  const chosen = reader.mapping[name];
  if (chosen === null) return {};
  if (chosen?.kind === 'each') return readEach(reader, chosen, bounds);
  const found =
    chosen === undefined ? reader.guesses[name] : evaluateField(chosen.field, reader.item);
  if (found === null || !isJsonObject(found.value)) {
    if (chosen !== undefined) reader.note(name, `no object at ${describeField(chosen.field)}`);
    return {};
  }
  say(reader, name, { mapped: chosen !== undefined, from: found.from });
  const { value } = found;
  return reader.item.work.rememberLabels(name, value, () => readLabels(value, bounds));
}

function readEach(
  reader: Reader,
  chosen: Extract<TextsField, { kind: 'each' }>,
  bounds: TextBounds,
): Labels {
  const { item } = reader;
  const entries = chosen.fields.flatMap(([name, field]): [string, string][] => {
    const found = evaluateField(field, item);
    const text = found === null ? null : readText(found.value, item.work);
    return text === null ? [] : [[name, cutText(text, bounds.valueCharsMax)]];
  });
  return Object.fromEntries(entries.filter(([, text]) => text !== ''));
}

function cutName(text: string | undefined): string | null {
  return text === undefined ? null : cutText(text, LIMITS.identifierCharsMax);
}
