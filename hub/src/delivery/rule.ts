/**
 * Which events and alert changes go to which channel. Pure.
 * Keys are ANDed, an empty list of matchers takes everything of the rule's types. Anything a rule
 * says that is not understood is refused when it is saved: a rule never fails open.
 */
import type { ChannelId, ProjectId, RuleId } from '#kernel/id.ts';
import type { Instant } from '#kernel/instant.ts';
import type { ErrorDetail } from '#kernel/error-codes.ts';
import type { EventType } from '#kernel/words/lifecycle.ts';
import { findMailKind, hintMailKind, MAIL_DIRECTIONS } from '#kernel/words/mail.ts';
import { isMatching, type Matcher, parseMatcher } from '#kernel/syntax/matcher.ts';

export type Rule = {
  readonly projectId: ProjectId;
  readonly ruleId: RuleId;
  readonly name: string;
  readonly eventTypes: readonly EventType[];
  readonly matchers: readonly string[];
  readonly filter: MailFilter;
  readonly channelId: ChannelId;
  readonly isActive: boolean;
  readonly version: number;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
};

/** As it was written: one value or a list of which one has to fit. An empty one takes everything. */
export type MailFilter = Readonly<Partial<Record<FilterKey, string | readonly string[]>>>;

const FILTER_KEYS = ['mailbox_id', 'direction', 'pec_type'] as const;
export type FilterKey = (typeof FILTER_KEYS)[number];

export type CompiledRule = {
  readonly rule: Rule;
  readonly matchers: readonly Matcher[];
  /** Why the rule cannot be used; it is then recorded and skipped, and harms no other. */
  readonly fault: string | null;
};

/** What matchers look at. A field and a label of one name both count. */
export type MatchFacts = {
  readonly eventType: EventType;
  readonly labels: Readonly<Record<string, string>>;
  readonly fields: Readonly<Record<string, string>>;
  /**
   * What filters look at; several where one thing has several names. Left out: the labels of these
   * names, as an alert about mail has them.
   */
  readonly mail?: MailSubject;
};

export type MailSubject = Readonly<Record<FilterKey, readonly string[]>>;

export function compileRule(rule: Rule): CompiledRule {
  const matchers: Matcher[] = [];
  for (const text of rule.matchers) {
    const reading = parseMatcher(text);
    if (!reading.ok) return { rule, matchers: [], fault: `${text}: ${reading.message}` };
    matchers.push(reading.matcher);
  }
  return { rule, matchers, fault: null };
}

export function isRuleMatching(compiled: CompiledRule, facts: MatchFacts): boolean {
  if (compiled.fault !== null || !compiled.rule.isActive) return false;
  if (!compiled.rule.eventTypes.includes(facts.eventType)) return false;
  if (findFilterMisses(compiled.rule.filter, facts).length > 0) return false;
  return compiled.matchers.every((matcher) => isMatcherMet(matcher, facts));
}

/**
 * A sender's label `severity="warning"` and our field `severity="medium"` are both true of an
 * alert: a positive matcher is met by either, a negative one only when neither contradicts.
 */
export function isMatcherMet(matcher: Matcher, facts: Omit<MatchFacts, 'eventType'>): boolean {
  const isField = Object.hasOwn(facts.fields, matcher.name);
  const isLabel = Object.hasOwn(facts.labels, matcher.name);
  if (!isField) return isMatching(matcher, facts.labels);
  if (!isLabel) return isMatching(matcher, facts.fields);
  const isPositive = matcher.operator === '=' || matcher.operator === '=~';
  const byField = isMatching(matcher, facts.fields);
  const byLabel = isMatching(matcher, facts.labels);
  return isPositive ? byField || byLabel : byField && byLabel;
}

/** The keys of a filter that something does not fit; what is no mail fits none. */
export function findFilterMisses(
  filter: MailFilter,
  facts: Omit<MatchFacts, 'eventType'>,
): readonly FilterKey[] {
  return FILTER_KEYS.filter((key) => {
    const wanted = listValues(filter, key);
    if (wanted === null) return false;
    const seen = findMailValues(facts, key).map((value) => nameValue(key, value));
    return !wanted.some((value) => seen.includes(nameValue(key, value)));
  });
}

export function findMailValues(
  facts: Omit<MatchFacts, 'eventType'>,
  key: FilterKey,
): readonly string[] {
  if (facts.mail !== undefined) return facts.mail[key];
  const { labels } = facts;
  return Object.hasOwn(labels, key) ? [labels[key] ?? ''] : [];
}

function listValues(filter: MailFilter, key: FilterKey): readonly string[] | null {
  const value = filter[key];
  if (value === undefined) return null;
  return typeof value === 'string' ? [value] : value;
}

/** A kind of mail has a real name and an old one; addresses are the same in any case. */
function nameValue(key: FilterKey, value: string): string {
  return (key === 'pec_type' ? findMailKind(value) : null) ?? value.toLowerCase();
}

/** What cannot be meant, with the place of each: a filter that fits nothing hides everything. */
export function findFilterFaults(filter: MailFilter): readonly ErrorDetail[] {
  const checks: readonly (readonly [FilterKey, (value: string) => string | null])[] = [
    ['pec_type', (value) => (findMailKind(value) === null ? hintMailKind(value) : null)],
    [
      'direction',
      (value) =>
        MAIL_DIRECTIONS.some((one) => one === value.toLowerCase())
          ? null
          : `is none of ${MAIL_DIRECTIONS.join(', ')}`,
    ],
  ];
  return checks.flatMap(([key, findFault]) =>
    (listValues(filter, key) ?? []).flatMap((value, index) => {
      const message = findFault(value);
      const path = typeof filter[key] === 'string' ? key : `${key}[${index}]`;
      return message === null ? [] : [{ path: `filter.${path}`, message }];
    }),
  );
}
