import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { isJsonObject, type JsonObject, parseJson } from '#kernel/syntax/json.ts';
import { CliFailure } from '#app/cli/kit/command.ts';
import { type CommandWorld, runTestCommand } from '#test/support/cli.ts';
import { readText } from './content.ts';
import { REDACT } from './redact.ts';

const SECRETS = ['anna@example.org', 'hunter2hunter2', 'AKIACANARYBIRD234567'];

const TEXT = `first line
call anna@example.org, key AKIACANARYBIRD234567
https://perch:hunter2hunter2@box.example/live
`;

const MAIL = `Subject: Fall
From: Anna <anna@example.org>
To: desk@example.org
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: base64

${Buffer.from('Key AKIACANARYBIRD234567').toString('base64')}
`;

describe('tocsin redact', () => {
  let dir: string;

  before(() => {
    dir = mkdtempSync(join(tmpdir(), 'tocsin-redact-'));
  });
  after(() => rmSync(dir, { recursive: true, force: true }));

  const run = async (content: string, words: readonly string[] = [], world: CommandWorld = {}) => {
    const isMail = content === MAIL;
    const file = join(dir, isMail ? 'mail.eml' : 'body');
    writeFileSync(file, content);
    const ended = await runTestCommand(REDACT, [file, ...words], world);
    for (const secret of SECRETS) {
      assert.ok(!`${ended.printed}${ended.complaints}`.includes(secret), secret);
    }
    return ended;
  };

  test('shows text as it would be stored, and where something was masked', async () => {
    const { code, printed, complaints } = await run(TEXT);
    assert.equal(code, 0);
    assert.match(printed, /^first line\ncall \[EMAIL#\w{8}\], key \[AWS_KEY_ID#\w{8}\]\nhttps:/);
    assert.match(complaints, /\n2:6 +email +\[EMAIL#/);
    assert.match(complaints, /\n2:28 +aws_key_id/);
    assert.match(complaints, /\n3:\d+ +url_credentials/);
    assert.match(complaints, /\nMasked: .*1 email/);
  });

  test('names places in JSON by their path', async () => {
    const login = [{ password: 'hunter2hunter2' }];
    const body = { labels: { owner: 'anna@example.org' }, login };
    const { printed, complaints } = await run(JSON.stringify(body));
    assert.match(printed, /"owner": "\[EMAIL#/);
    assert.match(complaints, /labels\.owner +email/);
    assert.match(complaints, /login\[0\]\.password +secret_field/);
  });

  test('reads lines of JSON each by itself', async () => {
    const lines = [{ a: 1 }, { mail: 'anna@example.org' }].map((line) => JSON.stringify(line));
    const { printed, complaints } = await run(lines.join('\n'));
    assert.match(printed, /^\{"a":1\}\n\{"mail":"\[EMAIL#\w{8}\]"\}$/);
    assert.match(complaints, /\[1\]\.mail +email/);
  });

  test('reads of a mail what people would read', async () => {
    const { printed } = await run(MAIL);
    assert.match(printed, /^Subject: Fall\nFrom: Anna <\[EMAIL#\w{8}\]>\nTo: \[EMAIL#/);
    assert.match(printed, /\nKey \[AWS_KEY_ID#/);
  });

  test('says it as one JSON value', async () => {
    const { printed } = await run(TEXT, ['--json']);
    const reading = parseJson(printed);
    assert.ok(reading.ok && isJsonObject(reading.value));
    const { kind, classes, places, redaction_version: version } = reading.value;
    assert.equal(kind, 'text');
    assert.ok(isJsonObject(classes) && classes['email'] === 1);
    assert.ok(Array.isArray(places) && places.length === 3);
    assert.ok(typeof version === 'string');
    assert.match(version, /^standard-\d+:/);
  });

  test('fails a check when something would be masked, and says nothing of the text', async () => {
    const found = await run(TEXT, ['--check']);
    assert.deepEqual([found.code, found.printed], [1, '']);
    const clean = await run('all is well in room 12', ['--check']);
    assert.deepEqual([clean.code, clean.complaints], [0, 'Nothing is masked.']);
  });

  test('tries a field and a pattern, and refuses what a project would refuse', async () => {
    const body = JSON.stringify({ bed_no: '7', note: 'WARD-17' });
    const { printed } = await run(body, ['--key', 'bed_no', '--pattern', 'WARD=WARD-[0-9]+']);
    assert.match(printed, /"bed_no": "\[/);
    assert.match(printed, /"note": "\[WARD#/);
    for (const [words, expected] of [
      [['--pattern', 'X1=.*'], /would not take this/],
      [['--pattern', '=abc'], /NAME=REGEX/],
      [['--key', 'title'], /would not take this/],
    ] as const) {
      await assert.rejects(run(body, words), (error) => {
        assert.ok(error instanceof CliFailure && error.exitCode === 2);
        assert.match(error.message, expected);
        return true;
      });
    }
  });

  test('asks the hub only for what a project masks besides', async () => {
    const policy: JsonObject = { extra_keys: ['bed_no'] };
    const answer = () => ({ ok: true as const, body: { policy } });
    const { printed, asked } = await run('{"bed_no": "7"}', ['--project', 'care home'], { answer });
    assert.match(printed, /"bed_no": "\[/);
    assert.deepEqual(
      asked.map(({ path }) => path),
      ['/api/v1/projects/care%20home/redaction'],
    );
    assert.deepEqual((await run(TEXT)).asked, []);
  });

  test('says what is wrong with a file that it cannot read', async () => {
    await assert.rejects(runTestCommand(REDACT, [join(dir, 'nothing')]), /ENOENT/);
    const file = join(dir, 'binary');
    writeFileSync(file, Buffer.from([0xff, 0xfe, 0x00]));
    await assert.rejects(runTestCommand(REDACT, [file]), /is no UTF-8 text/);
  });
});

test('what a file holds is found out from what is in it', () => {
  assert.equal(readText('{"a": 1}').kind, 'json');
  assert.equal(readText('{"a": 1}\n\n{"b": 2}\n').kind, 'json_lines');
  assert.equal(readText('{"a": 1}\nnot json').kind, 'text');
  assert.equal(readText('').kind, 'text');
});
