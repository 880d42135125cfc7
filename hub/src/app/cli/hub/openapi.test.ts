import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { parseConfig } from '#app/start/config.ts';
import { createClock } from '#platform/clock.ts';
import { isJsonObject, parseJson } from '#kernel/syntax/json.ts';
import { parseArguments } from '#app/cli/kit/arguments.ts';
import { OPENAPI } from './openapi.ts';

async function run(argv: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const reading = parseArguments(OPENAPI, argv);
  assert.ok(reading.kind === 'given');
  const config = parseConfig(env);
  assert.ok(config.ok);
  const lines: string[] = [];
  const never = () => assert.fail('it asks nobody');
  const code = await OPENAPI.run(reading.given, {
    config: config.config,
    env,
    out: { print: (line) => void lines.push(line), complain: never, progress: never },
    clock: createClock(),
    wait: never,
    hub: never,
    stopped: never,
    commands: [],
  });
  assert.equal(code, 0);
  return lines.join('\n');
}

function serverOf(text: string): unknown {
  const reading = parseJson(text);
  assert.ok(reading.ok && isJsonObject(reading.value));
  assert.equal(reading.value['openapi'], '3.1.0');
  return reading.value['servers'];
}

describe('tocsin openapi', () => {
  test('prints the document without a hub, for the one that would start here', async () => {
    assert.deepEqual(serverOf(await run([])), [{ url: 'http://127.0.0.1:8470' }]);
    const env = { TOCSIN_PORT: '9000', TOCSIN_PUBLIC_URL: 'https://tocsin.example/' };
    assert.deepEqual(serverOf(await run([], env)), [{ url: 'https://tocsin.example' }]);
  });

  test('names the hub of TOCSIN_URL, or the server that it is given', async () => {
    const env = { TOCSIN_URL: 'https://a.example' };
    assert.deepEqual(serverOf(await run([], env)), [{ url: 'https://a.example' }]);
    const given = await run(['--server', 'https://b.example'], env);
    assert.deepEqual(serverOf(given), [{ url: 'https://b.example' }]);
  });

  test('prints the same as YAML', async () => {
    const yaml: unknown = parse(await run(['--yaml']), { maxAliasCount: 10_000 });
    const json: unknown = JSON.parse(await run([]));
    assert.deepEqual(yaml, json);
  });
});
