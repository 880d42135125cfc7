/**
 * Reporter for `node --test`: silent on success, one block per failure, and after every test a
 * line with the tally so far as JSON. run-tests.ts takes these lines out of the output: the last
 * one counts, and as long as they come the group is alive.
 */
import type { TestEvent } from 'node:test/reporters';
import {
  addVerdict,
  EMPTY_TALLY,
  judgeResult,
  renderFailure,
  type TestResult,
} from './test-tally.ts';

export const TALLY_MARK = '\u0000tally ';

export default async function* reportTests(events: AsyncIterable<TestEvent>) {
  let tally = EMPTY_TALLY;
  const parents: string[] = [];
  for await (const event of events) {
    if (event.type === 'test:start') parents[event.data.nesting] = event.data.name;
    if (event.type === 'test:stdout' || event.type === 'test:stderr') yield event.data.message;
    if (event.type !== 'test:pass' && event.type !== 'test:fail') continue;
    const result = readResult(event);
    const verdict = judgeResult(result);
    tally = addVerdict(tally, verdict);
    if (verdict === 'failed') yield renderFailure(result, parents.slice(0, result.nesting));
    yield `${TALLY_MARK}${JSON.stringify(tally)}\n`;
  }
}

type ResultEvent = Extract<TestEvent, { type: 'test:pass' | 'test:fail' }>;

function readResult({ type, data }: ResultEvent): TestResult {
  const error = 'error' in data.details ? data.details.error : null;
  return {
    isPass: type === 'test:pass',
    name: data.name,
    nesting: data.nesting,
    line: data.line,
    column: data.column,
    file: data.file,
    isSuite: data.details.type === 'suite',
    isLeftOut: Boolean(data.skip) || Boolean(data.todo),
    failureType: error !== null && 'failureType' in error ? String(error.failureType) : null,
    error,
  };
}
