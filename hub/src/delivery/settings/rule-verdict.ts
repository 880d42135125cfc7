/** Whether a rule would take an event, and why, part by part and in a sentence. Pure. */
import type { ChannelFacts } from '#delivery/way.ts';
import {
  type CompiledRule,
  type FilterKey,
  findFilterMisses,
  findMailValues,
  isMatcherMet,
  isRuleMatching,
  type MatchFacts,
} from '#delivery/rule.ts';
import { type Matcher, renderMatcher } from '#kernel/syntax/matcher.ts';

export type SeenValue = { readonly from: 'field' | 'label'; readonly value: string };

export type MatcherVerdict = {
  readonly matcher: string;
  readonly isMet: boolean;
  readonly seen: readonly SeenValue[];
};

export type RuleVerdict = {
  readonly isTypeWanted: boolean;
  readonly matchers: readonly MatcherVerdict[];
  readonly isMatching: boolean;
  readonly isSending: boolean;
  readonly why: string;
};

type Way = Pick<ChannelFacts, 'name' | 'isActive'>;

/** `channel`: undefined = none of that id is in the project; null = the rule names none yet. */
export function judgeRule(
  compiled: CompiledRule,
  facts: MatchFacts,
  channel: Way | null | undefined,
): RuleVerdict {
  const matchers = compiled.matchers.map((matcher) => judgeMatcher(matcher, facts));
  const isMatching = isRuleMatching(compiled, facts);
  const isTypeWanted = compiled.rule.eventTypes.includes(facts.eventType);
  const misses = findFilterMisses(compiled.rule.filter, facts);
  const verdict = { isTypeWanted, matchers, isMatching };
  return {
    ...verdict,
    isSending: isMatching && channel?.isActive === true,
    why: isMatching
      ? explainMatch(channel)
      : explainMiss(compiled, facts.eventType, {
          isTypeWanted,
          matchers,
          filters: misses.map((key) => explainFilter(key, findMailValues(facts, key))),
        }),
  };
}

function judgeMatcher(matcher: Matcher, facts: MatchFacts): MatcherVerdict {
  const { name } = matcher;
  const seen: SeenValue[] = [];
  const { fields, labels } = facts;
  if (Object.hasOwn(fields, name)) seen.push({ from: 'field', value: fields[name] ?? '' });
  if (Object.hasOwn(labels, name)) seen.push({ from: 'label', value: labels[name] ?? '' });
  return { matcher: renderMatcher(matcher), isMet: isMatcherMet(matcher, facts), seen };
}

function explainMatch(channel: Way | null | undefined): string {
  if (channel === null) return 'it matches';
  if (channel === undefined) return 'it matches, but its channel is not there';
  return channel.isActive
    ? `it matches, and goes to ${channel.name}`
    : `it matches, but its channel ${channel.name} is inactive`;
}

/** All that stands in the way, so that nobody has to ask twice. */
function explainMiss(
  { rule, fault }: CompiledRule,
  eventType: string,
  how: Pick<RuleVerdict, 'isTypeWanted' | 'matchers'> & { readonly filters: readonly string[] },
): string {
  const { isTypeWanted, matchers, filters } = how;
  const reasons = [
    ...(fault === null ? [] : [`it cannot be used: ${fault}`]),
    ...(rule.isActive ? [] : ['it is inactive']),
    ...(isTypeWanted ? [] : [`it asks for ${rule.eventTypes.join(', ')}, not ${eventType}`]),
    ...filters,
    ...matchers.filter(({ isMet }) => !isMet).map(explainMatcher),
  ];
  return reasons.join('; ');
}

function explainFilter(key: FilterKey, seen: readonly string[]): string {
  const is = seen.length === 0 ? 'it has none' : `it is ${seen.join(', ')}`;
  return `the filter ${key} does not fit: ${is}`;
}

function explainMatcher({ matcher, seen }: MatcherVerdict): string {
  if (seen.length === 0) return `${matcher} is not met: there is no such field or label`;
  const values = seen.map(({ from, value }) => `the ${from} is ${JSON.stringify(value)}`);
  return `${matcher} is not met: ${values.join(', ')}`;
}
