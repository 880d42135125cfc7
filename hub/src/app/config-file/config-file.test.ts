import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { LIMITS } from '#kernel/limits.ts';
import { createSecretReader, readConfigFile, readConfigText } from './config-file.ts';

const CANARY = 'canary-4f1e0d9c7b6a5948';

const TEXT = `version: 1
project_id: home
sources:
  - name: cameras
    kind: edge
    token: { from_env: CAMERA_TOKEN }
channels:
  - name: ops
    channel_type: webhook
    config:
      url: https://x.example
    secrets:
      webhook_secret: { from_file: secrets/ops }
      other: null
`;

function readWith(
  text: string,
  env: Readonly<Record<string, string>> = {},
  files: Readonly<Record<string, string>> = {},
) {
  const readFile = (path: string) => {
    const found = files[path];
    if (found === undefined) return { ok: false, sentence: 'no such file' } as const;
    return { ok: true, text: found } as const;
  };
  const secrets = { readEnv: (name: string) => env[name], readFile };
  return readConfigText({ name: 'home.yaml', text, secrets });
}

function linesOf(...args: Parameters<typeof readWith>): readonly string[] {
  const reading = readWith(...args);
  return reading.ok ? [] : reading.lines;
}

describe('a file of configuration', () => {
  test('becomes the document that the hub takes, with its secrets', () => {
    const reading = readWith(TEXT, { CAMERA_TOKEN: 't0' }, { 'secrets/ops': 's0\n' });
    assert.ok(reading.ok);
    const [project] = reading.document.projects;
    assert.equal(project?.sources?.[0]?.token, 't0');
    assert.deepEqual(project?.channels?.[0]?.secrets, { webhook_secret: 's0', other: null });
  });

  test('names every secret that is not where it should be, with line and column', () => {
    assert.deepEqual(linesOf(TEXT, {}, { 'secrets/ops': '\n' }), [
      'home.yaml:6:5 sources[0].token: the environment has no CAMERA_TOKEN',
      'home.yaml:13:7 channels[0].secrets.webhook_secret: that file is empty',
    ]);
    const long = 'x'.repeat(LIMITS.secretCharsMax + 1);
    const [token = '', secret = ''] = linesOf(TEXT, { CAMERA_TOKEN: long });
    assert.match(token, /must have at most 8192 characters/);
    assert.match(secret, /no such file/);
  });

  test('never repeats a secret, wherever it is wrong', () => {
    const wrong = [
      TEXT.replace('{ from_env: CAMERA_TOKEN }', CANARY),
      TEXT.replace('kind: edge', `kind: ${CANARY}`),
      TEXT.replace('{ from_file: secrets/ops }', `{ in_clear: [${CANARY}] }`),
    ];
    for (const text of wrong) {
      const lines = linesOf(text, { CAMERA_TOKEN: CANARY }, { 'secrets/ops': CANARY });
      assert.ok(lines.length > 0);
      assert.doesNotMatch(lines.join('\n'), /canary/);
    }
  });

  test('says where what is missing should have been', () => {
    assert.deepEqual(linesOf(TEXT.replace('    channel_type: webhook\n', '')), [
      'home.yaml:8:5 channels[0].channel_type: is required',
    ]);
    assert.deepEqual(linesOf('project_id: home\n'), [
      'home.yaml:1:1 version: must be 1, the version of this format',
    ]);
    assert.match(linesOf('- a\n')[0] ?? '', /^home.yaml:1:1 must begin with version: 1/);
  });

  test('may hold one project, or a list of them, and its faults say which', () => {
    const one = 'version: 1\nproject_id: a\nrules:\n  - {name: r, channel: x, event_type: nope}\n';
    assert.match(linesOf(one)[0] ?? '', /^home.yaml:4:27 rules\[0\]\.event_type: must be one of/);
    const list = 'version: 1\nprojects:\n  - project_id: a\n    rules: [{name: r, name2: 1}]\n';
    assert.match(linesOf(list)[0] ?? '', /^home.yaml:4:\d+ projects\[0\]\.rules\[0\]\./);
    const twice = 'version: 1\nproject_id: a\nresponders:\n  - name: x\n  - name: x\n';
    assert.deepEqual(linesOf(twice), [
      'home.yaml:5:5 responders[1].name: is that of responders[0] too',
    ]);
  });

  test('finds the line again for what the hub says of the document', () => {
    const reading = readWith(TEXT, { CAMERA_TOKEN: 't' }, { 'secrets/ops': 's' });
    assert.ok(reading.ok);
    const said = [
      { path: 'projects[0].channels[0].config.url', message: 'is bad' },
      { path: 'projects[0].channels[0].secrets.webhook_secret', message: 'is short' },
      { path: 'projects[0].sources[0].policy', message: 'is none' },
      { path: 'projects[0]', message: 'is not yours' },
      { path: 'elsewhere', message: 'is odd' },
    ];
    assert.deepEqual(reading.renderFaults(said), [
      'home.yaml:1:1 is not yours',
      'home.yaml:1:1 elsewhere: is odd',
      'home.yaml:4:5 sources[0].policy: is none',
      'home.yaml:11:7 channels[0].config.url: is bad',
      'home.yaml:13:7 channels[0].secrets.webhook_secret: is short',
    ]);
  });
});

describe('on disk', () => {
  function makeFolder(t: TestContext): string {
    const folder = mkdtempSync(join(tmpdir(), 'tocsin-config-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    return folder;
  }

  test('secrets are looked for beside the file that names them', (t) => {
    const folder = makeFolder(t);
    writeFileSync(join(folder, 'ops'), 'geheim\r\n');
    const path = join(folder, 'home.yaml');
    writeFileSync(path, TEXT.replace('secrets/ops', './ops'));
    const reading = readConfigFile(path, { CAMERA_TOKEN: 't' });
    assert.ok(reading.ok);
    const [project] = reading.document.projects;
    assert.equal(project?.channels?.[0]?.secrets?.['webhook_secret'], 'geheim');
  });

  test('a file is no longer than its bound, and is text', (t) => {
    const folder = makeFolder(t);
    const linesFor = (name: string, content: string | Uint8Array) => {
      const path = join(folder, name);
      writeFileSync(path, content);
      const reading = readConfigFile(path, {});
      return reading.ok ? [] : reading.lines.map((line) => line.replace(folder, ''));
    };
    const max = LIMITS.configFileBytesMax;
    const fits = 'version: 1\nproject_id: home\n'.padEnd(max, '#');
    assert.deepEqual(linesFor('fits', fits), []);
    assert.deepEqual(linesFor('long', `${fits}#`), [`/long: is larger than ${max} bytes`]);
    assert.deepEqual(linesFor('odd', new Uint8Array([0xff, 0xfe])), ['/odd: is no UTF-8 text']);
    const missing = readConfigFile(join(folder, 'none'), {});
    assert.match(missing.ok ? '' : (missing.lines[0] ?? ''), /no such file/);
    const secret = createSecretReader({}, folder).readFile('/dev/zero');
    assert.deepEqual(secret, {
      ok: false,
      sentence: `is larger than ${LIMITS.secretFileBytesMax} bytes`,
    });
  });
});
