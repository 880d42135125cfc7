import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  addTallies,
  addVerdict,
  EMPTY_TALLY,
  judgeResult,
  renderFailure,
  renderTally,
  renderTotal,
  type TestResult,
} from './test-tally.ts';

const PASS: TestResult = {
  isPass: true,
  name: 'a test',
  nesting: 1,
  line: 3,
  column: 1,
  file: '/x/a.test.ts',
  isSuite: false,
  isLeftOut: false,
  failureType: null,
  error: null,
};
const FAIL: TestResult = { ...PASS, isPass: false, failureType: 'testCodeFailure' };

test('tests are counted, suites and parents of failures are not', () => {
  assert.equal(judgeResult(PASS), 'passed');
  assert.equal(judgeResult(FAIL), 'failed');
  assert.equal(judgeResult({ ...FAIL, isLeftOut: true }), 'skipped');
  assert.equal(judgeResult({ ...PASS, isSuite: true }), 'not_counted');
  assert.equal(judgeResult({ ...FAIL, failureType: 'subtestsFailed' }), 'not_counted');
});

test('a suite whose hook failed is a failure of its own', () => {
  const result = { ...FAIL, isSuite: true, failureType: 'hookFailed' };
  assert.equal(judgeResult(result), 'failed');
});

test('a file that holds no test is a failure, not a pass', () => {
  const empty = { ...PASS, name: 'a.test.ts', nesting: 0, line: 1, column: 1 };
  assert.equal(judgeResult(empty), 'failed');
  assert.match(renderFailure(empty, []), /the file holds no test/);
  assert.equal(judgeResult({ ...empty, name: 'another' }), 'passed');
});

test('a failure shows its title, its place and the error that was thrown', () => {
  const error = new Error('wrapper', { cause: new Error('1 is not 2') });
  const shown = renderFailure({ ...FAIL, error }, ['outer']);
  assert.match(shown, /FAILED outer > a test\n {2}at \/x\/a\.test\.ts:3\n {4}Error: 1 is not 2/);
});

test('tallies add up and end in the line that scripts read', () => {
  const one = addVerdict(addVerdict(EMPTY_TALLY, 'passed'), 'skipped');
  const two = addVerdict(addVerdict(one, 'failed'), 'not_counted');
  const sum = addTallies(one, two);
  assert.equal(renderTally(sum), '2 passed, 1 failed, 2 skipped');
  assert.equal(renderTotal(sum), '2 passed, 1 failed');
});
