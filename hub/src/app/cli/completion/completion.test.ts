import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import type { Command } from '#app/cli/kit/command.ts';
import { runTestCommand } from '#test/support/cli.ts';
import { COMPLETION } from './completion.ts';

const run = () => Promise.resolve(0);
const COMMANDS: readonly Command[] = [
  { name: 'serve', summary: "Start the hub, and don't stop", examples: [], run },
  {
    name: 'alert list',
    summary: 'List alerts: the newest first',
    options: {
      severity: { value: 'SEVERITY', says: 'Only these.', choices: ['critical', 'high'] },
      limit: { value: 'COUNT', says: "It's a number.", short: 'n' },
    },
    hasJson: true,
    examples: [],
    run,
  },
  {
    name: 'alert show',
    summary: 'Show one',
    arguments: [{ name: 'ALERT_ID', says: 'it' }],
    examples: [],
    run,
  },
  {
    name: 'import sentinel',
    summary: 'Import',
    arguments: [{ name: 'ACTIVE', says: 'a file' }],
    options: { map: { value: 'FILE', says: 'A file.' } },
    examples: [],
    run,
  },
  COMPLETION,
];

async function scriptFor(shell: string): Promise<string> {
  return (await runTestCommand(COMPLETION, [shell], { commands: COMMANDS })).printed;
}

/** What bash itself comes to for a line; its last word is being typed. */
async function complete(...typed: readonly string[]): Promise<readonly string[]> {
  const words = ['tocsin', ...typed].map((word) => `'${word}'`).join(' ');
  const asked = `${await scriptFor('bash')}
COMP_WORDS=(${words})
COMP_CWORD=${typed.length}
_tocsin
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr, status } = spawnSync('bash', ['--norc', '-c', asked], {
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  assert.equal(stderr, '');
  return stdout.split('\n').filter((line) => line !== '');
}

describe('bash completes', () => {
  const CASES: readonly (readonly [readonly string[], readonly string[]])[] = [
    [[''], ['serve', 'alert', 'import', 'completion', 'help']],
    [['al'], ['alert']],
    [
      ['alert', ''],
      ['list', 'show'],
    ],
    [['alert', 's'], ['show']],
    [
      ['alert', 'list', ''],
      ['--severity', '--limit', '--json', '--help'],
    ],
    [['alert', 'list', '--s'], ['--severity']],
    [
      ['alert', 'list', '--severity', ''],
      ['critical', 'high'],
    ],
    [['alert', 'list', '--severity', 'h'], ['high']],
    [
      ['alert', 'list', '--severity', '='],
      ['critical', 'high'],
    ],
    [['alert', 'list', '--severity', '=', 'cr'], ['critical']],
    [['alert', 'list', '--limit', ''], []],
    [['alert', 'list', '-n', ''], []],
    [['alert', 'list', '--severity', 'high', '--j'], ['--json']],
    [['alert', 'nope', ''], []],
    [['nope', ''], []],
    [['serve', '--'], ['--help']],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish', '--help'],
    ],
    [['help', 'al'], ['alert']],
    [['help', 'alert', 'l'], ['list']],
    [['import', 'sentinel', '--map', ''], []],
  ];
  for (const [typed, offered] of CASES) {
    test(`tocsin ${typed.join(' ')}|`, async () => {
      assert.deepEqual(await complete(...typed), offered);
    });
  }
});

test('the script of every shell names all commands and options, and has whole quotes', async () => {
  for (const shell of ['bash', 'zsh', 'fish']) {
    const script = await scriptFor(shell);
    for (const word of ['serve', 'list', 'show', 'sentinel', 'severity', 'critical', 'json']) {
      assert.ok(script.includes(word), `${shell}: ${word}`);
    }
  }
  // What zsh needs beyond bash is in functions; its words and cases are read the same way.
  const zsh = spawnSync('bash', ['-n'], { input: await scriptFor('zsh'), encoding: 'utf8' });
  assert.equal(zsh.stderr, '');
  const fish = await scriptFor('fish');
  assert.match(fish, /-n '__tocsin_typed' -a serve -d 'Start the hub, and don\\'t stop'\n/);
  assert.match(fish, /-n '__tocsin_in alert list' -l severity -x -a 'critical high' -d 'Only th/);
  assert.match(fish, /-n '__tocsin_in alert list' -l limit -s n -x -d 'It\\'s a number\.'/);
  assert.match(fish, /-n '__tocsin_in import sentinel' -l map -r -F -d/);
});

test('a shell that we do not know is refused with those that we do', async () => {
  const script = await scriptFor('bash');
  assert.match(script, /^# Completion of tocsin for bash/);
  await assert.rejects(scriptFor('tcsh'), /SHELL must be one of bash, zsh, fish/);
});
