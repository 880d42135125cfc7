import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type CliDeps, CliFailure, type Command } from './command.ts';
import { runCommandLine } from './run.ts';

const ALERT_LIST: Command = {
  name: 'alert list',
  summary: 'List alerts',
  about: `Many words ${'that go on and on '.repeat(12)}`.trim(),
  options: {
    severity: { value: 'S', says: 'Only of this one.', choices: ['critical', 'high'] },
    limit: { value: 'COUNT', says: 'How many.', short: 'n', range: { min: 1, max: 9 } },
    label: { value: 'K=V', says: 'A label.', isMany: true },
  },
  examples: ['tocsin alert list'],
  run: async () => 0,
};
const ALERT_SHOW: Command = {
  name: 'alert show',
  summary: 'Show one',
  arguments: [{ name: 'ALERT_ID', says: 'which' }],
  examples: [],
  run: async () => {
    throw new CliFailure('the hub answered 409: \u001b[2JNo.', {
      details: ['status: is \u202eend'],
    });
  },
};
const SERVE: Command = { name: 'serve', summary: 'Start', examples: [], run: async () => 7 };

async function run(...argv: readonly string[]) {
  const printed: string[] = [];
  const complaints: string[] = [];
  const code = await runCommandLine(argv, {
    commands: [SERVE, ALERT_LIST, ALERT_SHOW],
    version: '1.2.3',
    out: {
      print: (line) => void printed.push(line),
      complain: (line) => void complaints.push(line),
      progress: () => undefined,
    },
    createDeps: parseDeps,
  });
  return { code, printed: printed.join('\n'), complaints: complaints.join('\n') };
}

/** None of the commands here looks at them. */
function parseDeps(): CliDeps {
  return {} as CliDeps;
}

describe('help', () => {
  test('without a command lists all of them', async () => {
    for (const argv of [[], ['help'], ['--help'], ['-h'], ['help', 'help'], ['help', '--help']]) {
      const { code, printed } = await run(...argv);
      assert.equal(code, 0);
      assert.match(printed, /^tocsin 1\.2\.3\n/);
      assert.match(printed, /\n {2}alert list {2}List alerts\n/);
    }
  });

  test('of a noun lists its verbs', async () => {
    for (const argv of [
      ['alert', '--help'],
      ['alert', '-h'],
      ['help', 'alert'],
      ['alert', 'help'],
    ]) {
      const { code, printed } = await run(...argv);
      assert.equal(code, 0, argv.join(' '));
      assert.match(printed, /^Usage: tocsin alert VERB/);
      assert.match(printed, /alert list {2}List alerts\n {2}alert show {2}Show one/);
      assert.doesNotMatch(printed, /serve/);
    }
  });

  test('of a command says what it takes, within 100 columns', async () => {
    const typed = [
      ['alert', 'list', '--help'],
      ['help', 'alert', 'list'],
      ['alert', 'help', 'list'],
      ['--help', 'alert', 'list'],
    ];
    for (const argv of typed) {
      const { code, printed } = await run(...argv);
      assert.equal(code, 0);
      assert.match(printed, /^Usage: tocsin alert list \[OPTIONS\]\n\nList alerts\.\nMany words/);
      assert.match(printed, /--severity S +Only of this one\. One of critical, high\.\n/);
      assert.match(printed, /-n, --limit COUNT +How many\. From 1 to 9\.\n/);
      assert.match(printed, /--label K=V +A label\. May be given several times\.\n/);
      assert.match(printed, /\nExamples:\n {2}tocsin alert list$/);
      for (const line of printed.split('\n')) assert.ok(line.length <= 100, line);
    }
  });
});

describe('a command that there is not', () => {
  const CASES: readonly (readonly [string, string])[] = [
    ['pager', 'there is no command pager'],
    ['alrt list', 'there is no command alrt; did you mean alert?'],
    ['alert', 'alert takes one of list, show'],
    ['alert --json', 'alert takes one of list, show'],
    ['alert lst', 'there is no alert lst; did you mean alert list?'],
    ['alert resolve', 'there is no alert resolve; alert takes one of list, show'],
    ['help pager', 'there is no command pager'],
    ['help alert lst', 'there is no alert lst; did you mean alert list?'],
  ];
  for (const [typed, sentence] of CASES) {
    test(`is told, and what was meant: ${typed}`, async () => {
      const { code, complaints } = await run(...typed.split(' '));
      assert.equal(code, 2);
      assert.equal(complaints.split('\n')[0], `tocsin: ${sentence}`);
    });
  }
});

describe('the end of a command', () => {
  test('is its own exit code', async () => {
    assert.equal((await run('serve')).code, 7);
  });

  test('that was typed wrongly is a sentence and the usage, on stderr', async () => {
    const { code, printed, complaints } = await run('alert', 'show');
    assert.equal(code, 2);
    assert.equal(printed, '');
    assert.equal(
      complaints,
      `tocsin: ALERT_ID is missing: which

Usage: tocsin alert show ALERT_ID [OPTIONS]
tocsin alert show --help says more.`,
    );
  });

  test('that failed is told with its details, and steers no terminal', async () => {
    const { code, complaints } = await run('alert', 'show', 'a1');
    assert.equal(code, 1);
    assert.equal(complaints, '  status: is end\ntocsin: the hub answered 409: No.');
  });
});
