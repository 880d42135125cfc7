/** What every command promises, those that come later too. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { COMMANDS } from './commands.ts';
import { parseArguments } from './kit/arguments.ts';
import { renderCommandHelp, renderOverview } from './kit/help.ts';
import { findCommand } from './kit/run.ts';

/** The words of each `tocsin ...` in a line of the shell, as the shell would pass them. */
function readShellLine(line: string): readonly (readonly string[])[] {
  const words = [
    ...line.matchAll(/'([^']*)'|"([^"]*)"|((?:[^\s'"|;&<>]|(?<=\w=)'[^']*')+)|[|;&<>]+/g),
  ];
  const runs: string[][] = [];
  let run: string[] | null = null;
  for (const [whole, single, double, bare] of words) {
    const isWord = (single ?? double ?? bare) !== undefined;
    if (!isWord) run = null;
    else if (run !== null) run.push(single ?? double ?? bare ?? '');
    else if (whole === 'tocsin') runs.push((run = []));
  }
  return runs;
}

for (const command of COMMANDS) {
  describe(`tocsin ${command.name}`, () => {
    test('has a help that fits', () => {
      for (const line of renderCommandHelp(command).split('\n')) {
        assert.ok(line.length <= 100, `${line.length} columns: ${line}`);
      }
      assert.match(command.summary, /^[A-Z].*[^.]$/);
      assert.ok(
        renderOverview([command], '1')
          .split('\n')
          .every((line) => line.length <= 100),
      );
      for (const { says } of Object.values(command.options ?? {})) assert.match(says, /[.?]$/);
    });

    test('has examples that can be typed', () => {
      assert.ok(command.examples.length > 0, 'an example says more than its options');
      for (const example of command.examples) {
        const runs = readShellLine(example);
        assert.ok(runs.length > 0, example);
        for (const argv of runs) {
          const found = findCommand(COMMANDS, argv);
          assert.ok(found.kind === 'command', example);
          const reading = parseArguments(found.command, found.rest);
          const fault = reading.kind === 'usage' ? reading.sentence : '';
          assert.equal(reading.kind, 'given', `${example}: ${fault}`);
        }
      }
      const [first = ''] = command.examples;
      assert.ok(first.includes(`tocsin ${command.name}`), first);
    });

    test('has no name twice, and only its last argument takes many', () => {
      assert.equal(COMMANDS.filter(({ name }) => name === command.name).length, 1);
      const args = command.arguments ?? [];
      assert.ok(args.every(({ isMany }, index) => isMany !== true || index === args.length - 1));
      const firstOptional = args.findIndex(({ isOptional }) => isOptional === true);
      const rest = firstOptional === -1 ? [] : args.slice(firstOptional);
      assert.ok(rest.every(({ isOptional }) => isOptional === true));
    });
  });
}

const HUB = join(dirname(fileURLToPath(import.meta.url)), '../../..');
/** What takes long to load; a command that needs it imports it when it runs. */
const HEAVY = /^(?:fastify|pg|nodemailer|undici|prom-client|zod\/mini)$|app\/start\/start\.ts$/;
const STATIC_IMPORT = /^(?:import|export)\s+(?!type\b)[^;]*?\bfrom\s+'([^']+)'/gms;

test('no command is slow to start: the server is loaded only by those that need it', () => {
  const seen = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    if (seen.has(path) || !existsSync(path)) return;
    seen.add(path);
    for (const [, specifier = ''] of readFileSync(path, 'utf8').matchAll(STATIC_IMPORT)) {
      const target = specifier.startsWith('.')
        ? join(dirname(path), specifier)
        : specifier.replace(/^#contract\//, '../../contract/src/').replace(/^#/, '');
      const next = specifier.startsWith('#') ? join(HUB, 'src', target) : target;
      assert.doesNotMatch(next, HEAVY, [...trail, path, specifier].join(' -> '));
      visit(next, [...trail, path]);
    }
  };
  visit(join(HUB, 'src/app/main.ts'), []);
  assert.ok(seen.size > 20, `only ${seen.size} files were seen`);
});
