/** Small in-memory trees with a planted violation, for the tests of the rules. */
import { RULES } from './rules.ts';
import { createSource, renderViolation } from './source.ts';

/** The ratio of tests to code is about the whole tree; it has a test of its own. */
const WHOLE_TREE = /lines of tests/;

/** Runs every rule over the given files and returns `path:line [house id] message` lines. */
export function findBroken(files: Readonly<Record<string, string>>): readonly string[] {
  const tree = Object.entries(files).map(([path, text]) => createSource(path, text));
  return RULES.filter(({ promise }) => !WHOLE_TREE.test(promise))
    .flatMap((rule) => rule.check(tree).map((violation) => renderViolation(rule, violation)))
    .toSorted();
}

/** One file, one line of it at fault. */
export function findBrokenIn(path: string, ...lines: readonly string[]): readonly string[] {
  return findBroken({ [path]: lines.join('\n') });
}
