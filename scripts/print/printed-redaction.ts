/** What redaction masks, printed from its own tables. */
import { BASE_POLICY, RULES_VERSION } from '#redaction/policy.ts';
import { MASK_CLASSES } from '#redaction/mask.ts';
import { REPORT_FIELDS } from '#redaction/report.ts';
import * as words from '#redaction/structure/key-words.ts';
import { renderTable } from './printed-table.ts';

export function renderMasks(): string {
  const rows = Object.entries(MASK_CLASSES).map(([maskClass, says]) => [
    `\`${maskClass}\``,
    maskClass === 'custom' ? 'the name of the pattern' : `\`[${maskClass.toUpperCase()}#…]\``,
    says,
  ]);
  const regions = BASE_POLICY.phoneRegions.join(' and ');
  return [
    `Rules \`${RULES_VERSION}\`. National telephone numbers: ${regions}.`,
    '',
    renderTable(['class', 'mask', 'what is masked'], rows),
  ].join('\n');
}

/** List of words -> what they do. */
const LISTS: Readonly<Partial<Record<keyof typeof words, string>>> = {
  SECRET_WORDS: 'secret, as the last word of a name',
  SECRET_NAMES: 'secret, as the whole name or its last two words',
  DEEP_SECRET_WORDS: 'secret, anywhere in a name',
  SECRET_ENDINGS: 'secret, at the end of a word',
  SECRET_IDEOGRAPHS: 'secret, at the end of a name in Chinese',
  PUBLIC_KEY_WORDS: 'before `key`: no secret; any other `*_key` is one',
  NEUTRAL_WORDS: 'as the last word: speaks of a secret, and holds none',
  WEAK_WORDS: 'only a random-looking value is masked',
  PHONE_NAMES: 'a telephone number',
  PERSON_NAMES: 'about a person',
  ID_WORDS: 'an id: digits in it are no card and no telephone number',
  MESSAGE_ID_NAMES: 'the id of a message, which looks like a mail address',
  VERSION_WORDS: 'a version, which looks like an IPv4 address',
};

export function renderNames(): string {
  const rows = Object.entries(words).flatMap(([list, entries]) => {
    const says = Object.entries(LISTS).find(([name]) => name === list)?.[1];
    if (says === undefined) return [];
    return [[says, [...entries].map((word) => `\`${word}\``).join(' ')]];
  });
  return renderTable(['a field is', 'when its name has'], rows);
}

export function renderReportFields(): string {
  const rows = Object.entries(REPORT_FIELDS).map(([name, rule]) => {
    const wire = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    const isId = rule.kind === 'text' && rule.context === 'secrets_only';
    return [`\`${wire}\``, isId ? 'secrets only' : rule.kind === 'text' ? 'all' : 'all, names too'];
  });
  return renderTable(['field', 'masked'], rows);
}
