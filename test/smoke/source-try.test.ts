/** Before a sender is connected: what would become of what it posts, and with which mapping. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { typeCommand } from '#test/support/hub/command-line.ts';
import { shareTestHub } from '#test/support/hub/shared.ts';

const FIXTURES = join(import.meta.dirname, '..', 'fixtures', 'sources');
const MONITOR = join(FIXTURES, 'generic', 'monitor.json');

const MAPPING = `title: '{{ monitor.name }} is down: {{ heartbeat.msg }}'
severity: critical
key: /monitor/id
state: { from: /heartbeat/status, resolved: [1] }
time: { from: /heartbeat/time, zone: UTC }
`;

describe('tocsin source try', () => {
  const shared = shareTestHub({ isTelling: false });
  const dir = mkdtempSync(join(tmpdir(), 'tocsin-try-'));
  after(() => rmSync(dir, { recursive: true, force: true }));
  const write = (name: string, text: string): string => {
    writeFileSync(join(dir, name), text);
    return join(dir, name);
  };

  test('shows the alert that a body would be, and what was guessed', async () => {
    const body = write('body.json', '{"message": "Door 3 is open", "id": 3, "level": "warn"}');
    const typed = await typeCommand(shared(), ['source', 'try', body]);
    assert.equal(typed.code, 0, typed.err);
    assert.deepEqual(typed.out.split('\n'), [
      'NO  STATE     SEVERITY  KEY  TITLE',
      '1   received  medium    3    Door 3 is open',
      '',
      'Where the fields come from:',
      '',
      '  key       guessed from /id',
      '  title     guessed from /message',
      '  severity  guessed from /level',
    ]);
    assert.equal(await shared().countRows('event'), 0);
  });

  test('shows it by a mapping in YAML, with which a source then works', async () => {
    const mapping = write('mapping.yaml', MAPPING);
    const argv = ['source', 'try', MONITOR, '--mapping', mapping];
    const typed = await typeCommand(shared(), argv);
    assert.equal(typed.code, 0, typed.err);
    const [, row] = typed.out.split('\n');
    const title = 'Front door is down: timeout of 48000ms exceeded';
    assert.equal(row, `1   received  critical  12   ${title}`);
    assert.match(typed.out, /time {6,}from \/heartbeat\/time/);
    const create = ['source', 'create', 'kuma', '--kind', 'generic', '--mapping', mapping];
    const made = await typeCommand(shared(), [...create, '--json']);
    assert.equal(made.code, 0, made.err);
    assert.match(made.out, /"title": "\{\{ monitor\.name \}\}/);
  });

  test('shows every report of a list, and the fields of the first', async () => {
    const list = join(FIXTURES, 'generic', 'list.json');
    const typed = await typeCommand(shared(), ['source', 'try', list]);
    const lines = typed.out.split('\n');
    assert.equal(lines[1], '1   received  critical  freezer-3  Freezer 3 is warm');
    assert.equal(lines[2], '2   received  low       door-7     Door 7 is open');
    assert.ok(lines.includes('Where the fields of the first report come from:'));
  });

  test('shows what is left out, and takes what a body says none of', async () => {
    const mapping = write('items.yaml', 'items: /list\nkey: /host\nstate: /state\n');
    const text = '{"list": [{"state": "ok"}, {"host": "a", "name": "A"}]}';
    const argv = ['source', 'try', write('list.json', text), '--mapping', mapping];
    const typed = await typeCommand(shared(), [...argv, '--severity', 'high']);
    assert.match(typed.out, /^1 {3}received {2}high {6}a {4}A$/m);
    assert.match(typed.out, /^refused: \/list\[0\]: it says that something is over/m);
    const none = write('empty.json', '{"list": []}');
    const empty = await typeCommand(shared(), ['source', 'try', none, '--mapping', mapping]);
    assert.match(empty.out, /^No report would be stored\.\n\nrefused: the list is empty/);
  });

  test('tries the other kinds, which need no mapping', async () => {
    const firing = join(FIXTURES, 'alertmanager', 'firing.json');
    const argv = ['source', 'try', firing, '--kind', 'alertmanager'];
    const typed = await typeCommand(shared(), argv);
    assert.equal(typed.code, 0, typed.err);
    assert.equal(typed.out.split('\n').length, 3);
    const alarm = join(FIXTURES, 'edge', 'alarm.json');
    const edge = await typeCommand(shared(), ['source', 'try', alarm, '--kind', 'edge', '--json']);
    assert.match(edge.out, /"stage": "received"/);
  });

  test('says where a mapping is wrong, and what the body should be', async () => {
    const mapping = write('wrong.yaml', 'titel: /a\nseverity: { from: /b, words: { 5: bad } }\n');
    const typed = await typeCommand(shared(), ['source', 'try', MONITOR, '--mapping', mapping]);
    assert.equal(typed.code, 1);
    assert.match(typed.err, /mapping\.titel: unknown field; did you mean title\?/);
    assert.match(typed.err, /mapping\.severity\.words\.5: is no severity; there are critical/);
    const empty = await typeCommand(shared(), ['source', 'try', write('e.json', '{}')]);
    assert.equal(empty.code, 1);
    assert.match(empty.err, /The body is empty\./);
    const broken = await typeCommand(shared(), ['source', 'try', write('b.json', '{"a":')]);
    assert.equal(broken.code, 1);
    assert.match(broken.err, /is no JSON that the hub takes/);
    const kind = await typeCommand(shared(), ['source', 'try', MONITOR, '--kind', 'native']);
    assert.equal(kind.code, 2);
  });

  test('writes nothing to the terminal that a sender could steer it with', async () => {
    const body = write('evil.json', String.raw`{"title": "a\u001b[2Jb\u202ec", "id": "\u0007"}`);
    const typed = await typeCommand(shared(), ['source', 'try', body]);
    assert.equal(typed.code, 0, typed.err);
    assert.doesNotMatch(typed.out.replaceAll('\n', ''), /[\p{Cc}\u202e]/u);
  });
});
