/** The built-in rules as one text, for the version, and a policy made ready to run. */
import { RE2JS } from 're2js';
import { assert } from '#kernel/decision.ts';
import { MASK_CLASSES } from './mask.ts';
import { compilePattern, type ExtraPattern, type RedactionPolicy } from './policy.ts';
import { KNOWN_TOKENS } from './secret/known-token.ts';
import * as words from './structure/key-words.ts';
import { createKeyRules } from './structure/key.ts';
import type { Hit } from './text/hit.ts';
import type { TextScope } from './text/redact-text.ts';

/** Every table of the built-in rules. What is code is pinned by the corpus, in `rules.test.ts`. */
export const RULES_TEXT = JSON.stringify([
  Object.keys(MASK_CLASSES),
  KNOWN_TOKENS,
  Object.entries(words).map(([name, list]) => [name, [...list]]),
]);

/** Policies are plain data; projects with the same one share what is known of clean texts. */
const compiled = new WeakMap<RedactionPolicy, TextScope>();

export function compileRules(policy: RedactionPolicy): TextScope {
  const known = compiled.get(policy);
  if (known !== undefined) return known;
  const scope: TextScope = {
    findKeyRule: createKeyRules(policy.extraKeys),
    findCustom: createCustomFinder(policy.extraPatterns),
    phoneRegions: policy.phoneRegions,
    areLocalAddressesMasked: policy.areLocalAddressesMasked,
    clean: new Set(),
  };
  compiled.set(policy, scope);
  return scope;
}

type Find = (text: string, hits: Hit[]) => void;

function createCustomFinder(patterns: readonly ExtraPattern[]): Find | null {
  const ready = patterns.map(({ name, pattern }) => {
    const regex = compilePattern(pattern);
    assert(regex instanceof RE2JS, `a policy is checked before it is used: ${name}`);
    return { name, regex };
  });
  if (ready.length === 0) return null;
  return (text, hits) => {
    for (const { name, regex } of ready) {
      const matcher = regex.matcher(text);
      while (matcher.find()) {
        const [start, end] = [matcher.start(), matcher.end()];
        if (end > start) hits.push({ start, end, maskClass: 'custom', label: name });
      }
    }
  };
}
