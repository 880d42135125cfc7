/**
 * Which events and alert changes go to which channel. Pure.
 * Keys are ANDed, an empty list of matchers takes everything of the rule's types. Anything a rule
 * says that is not understood is refused when it is saved: a rule never fails open.
 */
import type { ChannelId, ProjectId, RuleId } from '#kernel/id.ts';
import type { Instant } from '#kernel/instant.ts';
import type { EventType } from '#kernel/words/lifecycle.ts';
import { isMatching, type Matcher, parseMatcher } from '#kernel/syntax/matcher.ts';

export type Rule = {
  readonly projectId: ProjectId;
  readonly ruleId: RuleId;
  readonly name: string;
  readonly eventTypes: readonly EventType[];
  readonly matchers: readonly string[];
  readonly channelId: ChannelId;
  readonly isActive: boolean;
  readonly version: number;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
};

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
};

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
