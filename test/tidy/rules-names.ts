/** House 5: names. One word per idea, functions verb first, no words that mean anything. */
import { BANNED_SYNONYMS } from '#kernel/glossary.ts';
import { findFunctions } from './functions.ts';
import {
  checkEach,
  isUnder,
  type Rule,
  type SourceFile,
  type Violation,
  violationAt,
} from './source.ts';

const EXPORTED =
  /\bexport\s+(?:default\s+)?(?:declare\s+)?(?:async\s+)?(?:abstract\s+)?(?:function\s*\*?|const|let|class|type|interface)\s+([\w$]+)/g;

/** Never, wherever they stand in the name. */
const EMPTY_WORDS = new Set(['manager', 'helper', 'helpers', 'util', 'utils']);
/** Not as the noun of the name: `dataDir` says something, `alertData` does not. */
const EMPTY_NOUNS = new Set(['service', 'data', 'info']);
const EMPTY_VERBS = new Set(['handle', 'process', 'manage']);

/**
 * Words of the wire that keep the name the outside knows them by (CONTRACT, DOMAIN 7 and the
 * senders' own formats). Ours is the word on the right side of the parser.
 */
const WIRE_NAMES = new Set([
  'incident_id',
  'incident_ids',
  'latest_incident_id',
  'incident_created',
  'tenant_id',
  'tenantId',
  'ticket_proposal',
]);

/** `parseHTTPBody_v2` -> parse, http, body, v2. */
export function splitWords(name: string): readonly string[] {
  return name
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .split(/[\s_$]+/)
    .filter((word) => word !== '')
    .map((word) => word.toLowerCase());
}

const exportedNamesRule: Rule = {
  id: '5',
  promise: 'exported names hold no Manager, Service, Helper, Util, Data or Info',
  check: checkEach((source) =>
    [...source.code.matchAll(EXPORTED)].flatMap((match) => {
      const name = match[1] ?? '';
      const words = splitWords(name);
      const last = words.at(-1) ?? '';
      const word = words.find((each) => EMPTY_WORDS.has(each));
      const empty = word ?? (EMPTY_NOUNS.has(last) ? last : undefined);
      if (empty === undefined) return [];
      const message = `${name}: "${empty}" says nothing; name the thing itself (a glossary noun)`;
      return [violationAt(source, match.index, message)];
    }),
  ),
};

const verbsRule: Rule = {
  id: '5',
  promise: 'no function is called handle, process or manage',
  check: checkEach((source) =>
    findFunctions(source.code).flatMap(({ name, start }) => {
      const verb = splitWords(name)[0] ?? '';
      if (!EMPTY_VERBS.has(verb)) return [];
      const message = `${name}: "${verb}" says nothing; use decide, plan, parse, render, create, \
runXOnce or the verb of what it does`;
      return [violationAt(source, start, message)];
    }),
  ),
};

const synonymsRule: Rule = {
  id: '5',
  promise: 'identifiers use the words of the glossary',
  check: checkEach((source) => {
    const isOurs = isUnder(source.path, 'hub/src', 'contract/src', 'console/src');
    if (!isOurs || source.path === 'hub/src/kernel/glossary.ts') return [];
    return findSynonyms(source);
  }),
};

/** Property reads (`payload.incident`) are left alone: they name what somebody else sent. */
function findSynonyms(source: SourceFile): readonly Violation[] {
  const seen = new Set<string>();
  return [...source.code.matchAll(/(?<![.\w$])[A-Za-z_$][\w$]*/g)].flatMap((match) => {
    const name = match[0];
    if (seen.has(name) || WIRE_NAMES.has(name)) return [];
    seen.add(name);
    const synonym = findSynonym(name);
    if (synonym === null) return [];
    const message = `${name}: the glossary says "${BANNED_SYNONYMS[synonym]}", not "${synonym}"`;
    return [violationAt(source, match.index, message)];
  });
}

function findSynonym(name: string): string | null {
  const spoken = ` ${splitWords(name).join(' ')} `;
  const isIn = (phrase: string): boolean =>
    spoken.includes(` ${phrase} `) || spoken.includes(` ${phrase}s `);
  return Object.keys(BANNED_SYNONYMS).find(isIn) ?? null;
}

export const NAME_RULES: readonly Rule[] = [exportedNamesRule, verbsRule, synonymsRule];
