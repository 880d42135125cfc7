import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseArguments } from '#app/cli/kit/arguments.ts';
import { IMPORT_SENTINEL } from './import-sentinel.ts';
import { type OptionsReading, readImportOptions } from './options.ts';

function parseImportOptions(argv: readonly string[]): OptionsReading | { readonly kind: 'help' } {
  const reading = parseArguments(IMPORT_SENTINEL, argv);
  return reading.kind === 'given' ? readImportOptions(reading.given) : reading;
}

const ZONE = ['--timezone', 'Europe/Paris'];

function refusalOf(...argv: readonly string[]): string {
  const reading = parseImportOptions(argv);
  assert.equal(reading.kind, 'usage', argv.join(' '));
  return reading.kind === 'usage' ? reading.sentence : '';
}

describe('the arguments of tocsin import sentinel', () => {
  test('are one file or two, and a time zone', () => {
    const reading = parseImportOptions(['a.json', 'h.json', ...ZONE]);
    assert.deepEqual(reading, {
      kind: 'options',
      options: {
        files: [
          { path: 'a.json', origin: 'active' },
          { path: 'h.json', origin: 'history' },
        ],
        zone: 'Europe/Paris',
        projectId: null,
        isDryRun: false,
        isQuiet: false,
        isSkippingInvalid: false,
        isJson: false,
      },
    });
  });

  test('may stand in any order', () => {
    const flags = ['--dry-run', '--quiet', '--skip-invalid', '--json', '--project', 'nord'];
    const reading = parseImportOptions([...flags, ...ZONE, 'a.json']);
    assert.ok(reading.kind === 'options');
    const { projectId, isDryRun, isQuiet, isSkippingInvalid, isJson, files } = reading.options;
    assert.deepEqual([projectId, files.length], ['nord', 1]);
    assert.deepEqual([isDryRun, isQuiet, isSkippingInvalid, isJson], [true, true, true, true]);
  });

  test('that are missing or wrong are named', () => {
    assert.match(refusalOf(...ZONE), /ACTIVE is missing: alerts_active.json/);
    assert.match(refusalOf('a', 'b', 'c', ...ZONE), /does not take c/);
    assert.match(refusalOf('a.json'), /--timezone is missing/);
    assert.match(refusalOf('a.json', '--timezone', 'Paris'), /Paris is no time zone/);
    assert.match(refusalOf('a.json', '--timezone', '+01:00'), /no time zone|ambiguous/);
    assert.match(refusalOf('a.json', ...ZONE, '--project', 'Nord!'), /no id of a project/);
    assert.match(refusalOf('a.json', ...ZONE, '--quite'), /--quite/);
    assert.match(refusalOf('a.json', '--timezone'), /timezone/);
  });

  test('may ask for help instead', () => {
    assert.equal(parseImportOptions(['--help']).kind, 'help');
    assert.equal(parseImportOptions(['-h']).kind, 'help');
  });
});
