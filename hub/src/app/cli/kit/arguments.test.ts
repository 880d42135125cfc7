import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseArguments } from './arguments.ts';
import type { Command, Given } from './command.ts';

const COMMAND: Command = {
  name: 'alert find',
  summary: 'Find alerts',
  arguments: [
    { name: 'WHERE', says: 'the place', choices: ['here', 'there'] },
    { name: 'ID', says: 'those', isOptional: true, isMany: true },
  ],
  options: {
    severity: { value: 'SEVERITY', says: 'Only these.', choices: ['critical', 'high'] },
    label: { value: 'K=V', says: 'A label.', isMany: true },
    limit: { value: 'COUNT', says: 'How many.', short: 'n', range: { min: 1, max: 500 } },
    quiet: { says: 'Says less.', short: 'q' },
  },
  hasJson: true,
  examples: [],
  run: async () => 0,
};

function given(...argv: readonly string[]): Given {
  const reading = parseArguments(COMMAND, argv);
  assert.ok(reading.kind === 'given', reading.kind === 'usage' ? reading.sentence : reading.kind);
  return reading.given;
}

function refusal(...argv: readonly string[]): string {
  const reading = parseArguments(COMMAND, argv);
  return reading.kind === 'usage' ? reading.sentence : `not refused: ${reading.kind}`;
}

describe('what was typed', () => {
  test('is read in every order and form', () => {
    const forms = [
      ['here', 'a', 'b', '--limit', '5', '--quiet', '--label', 'x=1', '--label=y=2'],
      ['--limit=5', '-q', 'here', '--label=x=1', 'a', '--label', 'y=2', 'b'],
      ['-n5', '-q', 'here', 'a', '--label=x=1', '--label=y=2', '--', 'b'],
      ['-qn5', 'here', 'a', '--label=x=1', '--label=y=2', 'b'],
      ['-qn', '5', 'here', 'a', '--label=x=1', '--label=y=2', 'b'],
    ];
    for (const form of forms) {
      const read = given(...form);
      assert.equal(read.text('WHERE'), 'here');
      assert.deepEqual(read.texts('ID'), ['a', 'b']);
      assert.equal(read.number('limit'), 5);
      assert.deepEqual(read.texts('label'), ['x=1', 'y=2']);
      assert.equal(read.flag('quiet'), true);
    }
  });

  test('and what was left out is null, none or false', () => {
    const read = given('there');
    assert.equal(read.text('severity'), null);
    assert.equal(read.number('limit'), null);
    assert.deepEqual([read.texts('label'), read.texts('ID')], [[], []]);
    assert.deepEqual([read.flag('quiet'), read.flag('json')], [false, false]);
  });

  test('after -- is an argument, whatever it looks like; so is a dash', () => {
    assert.deepEqual(given('here', '--', '--severity', '-x').texts('ID'), ['--severity', '-x']);
    assert.deepEqual(given('here', '-').texts('ID'), ['-']);
  });

  test('may have a value that begins with a dash, when it is joined', () => {
    assert.deepEqual(given('here', '--label=-a=1').texts('label'), ['-a=1']);
  });
});

describe('what was typed wrongly', () => {
  const CASES: readonly (readonly [string, readonly string[], RegExp])[] = [
    ['a misspelt option', ['here', '--sevrity', 'x'], /no option --sevrity; did you mean --sev/],
    ['an option of nobody', ['here', '--xyzzy=1'], /^there is no option --xyzzy$/],
    ['a short one of nobody', ['here', '-z'], /^there is no option -z$/],
    ['one among short ones', ['here', '-qz'], /^there is no option -z$/],
    ['a choice', ['here', '--severity', 'critcal'], /critical, high; did you mean critical\?/],
    ['a value forgotten at the end', ['here', '--limit'], /^--limit needs a value: --limit COUNT$/],
    [
      'a value forgotten',
      ['here', '--limit', '--quiet'],
      /if it is --quiet, write --limit=--quiet/,
    ],
    ['an empty value', ['here', '--limit='], /^--limit needs a value/],
    ['a flag with a value', ['here', '--quiet=yes'], /^--quiet takes no value$/],
    [
      'a word for a number',
      ['here', '--limit', 'x'],
      /--limit must be a whole number from 1 to 500/,
    ],
    ['a broken number', ['here', '--limit', '1.5'], /whole number/],
    ['a number in another form', ['here', '--limit', '1e2'], /whole number/],
    ['a number out of bounds', ['here', '--limit', '501'], /from 1 to 500/],
    ['zero', ['here', '--limit', '0'], /from 1 to 500/],
    ['one thing twice', ['here', '-n', '1', '--limit', '2'], /^--limit was given twice$/],
    ['nothing', [], /^WHERE is missing: the place$/],
    ['an empty argument', [''], /^WHERE is missing/],
    ['another argument', ['everywhere'], /^WHERE must be one of here, there/],
  ];
  for (const [what, argv, sentence] of CASES) {
    test(`is told: ${what}`, () => assert.match(refusal(...argv), sentence));
  }

  test('is told without what would steer the terminal', () => {
    assert.equal(refusal('here', '--\u001b[2Jx'), 'there is no option --x');
  });

  test('is no matter to somebody who asks for help', () => {
    for (const argv of [['--help'], ['-h'], ['--nothing', '--help'], ['-qh'], ['a', 'b', '-h']]) {
      assert.equal(parseArguments(COMMAND, argv).kind, 'help', argv.join(' '));
    }
    assert.equal(parseArguments(COMMAND, ['here', '--', '--help']).kind, 'given');
    assert.equal(parseArguments(COMMAND, ['here', '--label', '--help']).kind, 'usage');
  });

  test('names one argument too many', () => {
    const single: Command = { ...COMMAND, arguments: [{ name: 'ID', says: 'it' }] };
    const reading = parseArguments(single, ['a', 'b']);
    const sentence = reading.kind === 'usage' ? reading.sentence : '';
    assert.equal(sentence, 'alert find does not take b');
  });
});
