/** Counting of test events and the text of a failure: what the reporter does, without the I/O. */
import { inspect } from 'node:util';

export type Tally = { readonly passed: number; readonly failed: number; readonly skipped: number };

export const EMPTY_TALLY: Tally = { passed: 0, failed: 0, skipped: 0 };

/** What the reporter needs of node's `test:pass` and `test:fail` events. */
export type TestResult = {
  readonly isPass: boolean;
  readonly name: string;
  readonly nesting: number;
  readonly line: number | undefined;
  readonly column: number | undefined;
  readonly file: string | undefined;
  readonly isSuite: boolean;
  readonly isLeftOut: boolean;
  readonly failureType: string | null;
  readonly error: unknown;
};

export type Verdict = 'passed' | 'failed' | 'skipped' | 'not_counted';

export function addTallies(a: Tally, b: Tally): Tally {
  return {
    passed: a.passed + b.passed,
    failed: a.failed + b.failed,
    skipped: a.skipped + b.skipped,
  };
}

export function addVerdict(tally: Tally, verdict: Verdict): Tally {
  return verdict === 'not_counted' ? tally : { ...tally, [verdict]: tally[verdict] + 1 };
}

export function judgeResult(result: TestResult): Verdict {
  if (result.isLeftOut) return 'skipped';
  // A parent whose child failed says nothing new; one whose hook failed does.
  if (!result.isPass && result.failureType === 'subtestsFailed') return 'not_counted';
  if (result.isSuite) return result.isPass ? 'not_counted' : 'failed';
  if (isEmptyFile(result)) return 'failed';
  return result.isPass ? 'passed' : 'failed';
}

/** Node reports a file without any test as one passed test of the file's name. */
export function isEmptyFile({ isPass, nesting, line, column, name, file }: TestResult): boolean {
  const isFileItself = nesting === 0 && line === 1 && column === 1;
  return isPass && isFileItself && file !== undefined && baseOf(file) === baseOf(name);
}

function baseOf(path: string): string {
  return path.split(/[/\\]/).at(-1) ?? path;
}

/** `parents` are the names of the describe blocks around it. */
export function renderFailure(result: TestResult, parents: readonly string[]): string {
  const place = `${result.file ?? 'unknown file'}:${result.line ?? 0}`;
  const title = [...parents, result.name].join(' > ');
  const reason = isEmptyFile(result) ? 'the file holds no test' : renderError(result.error);
  const indented = reason.replaceAll('\n', '\n    ');
  return `\nFAILED ${title}\n  at ${place}\n    ${indented}\n`;
}

/** Node wraps what a test threw; frames inside Node help nobody. */
function renderError(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  if (typeof cause === 'string') return cause;
  const shown =
    cause instanceof Error && cause.cause === undefined
      ? cause.stack
      : inspect(cause, { depth: 4 });
  return (shown ?? String(cause)).replace(/\n\s+at [^\n]*\(?node:[^\n]*/g, '').trim();
}

export function renderTally({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

/** The last line of `npm test`. */
export function renderTotal({ passed, failed }: Tally): string {
  return `${passed} passed, ${failed} failed`;
}
