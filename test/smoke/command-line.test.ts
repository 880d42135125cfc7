/** The command line as a person has it: the real program, against a real hub, with exit codes. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { ADMIN_KEY, type Fleet, startFleet } from '#test/support/processes/fleet.ts';
import { type Ended, LAUNCHER, readAll, runCommand } from '#test/support/processes/command.ts';
import type { HubProcess } from '#test/support/processes/hub-process.ts';

type Env = Readonly<Record<string, string>>;

type Typed = {
  /** Split at blanks; a `+` is a blank inside a word. */
  readonly words: string;
  readonly code?: number;
  readonly out?: RegExp;
  readonly err?: RegExp;
  readonly input?: string;
};

async function typeAll(env: Env, lines: readonly Typed[]): Promise<readonly Ended[]> {
  const ended: Ended[] = [];
  for (const { words, code = 0, out = /(?:)/, err = /^$/, input } of lines) {
    const argv = words.split(' ').map((word) => word.replaceAll('+', ' '));
    const one = await runCommand(argv, env, input);
    assert.match(one.err, err, `tocsin ${words}`);
    assert.match(one.out, out, `tocsin ${words}`);
    assert.equal(one.code, code, `tocsin ${words}: ${one.out}`);
    if (argv.includes('--json')) assert.doesNotThrow(() => JSON.parse(one.out), words);
    ended.push(one);
  }
  return ended;
}

async function startHub(t: TestContext): Promise<{ env: Env; fleet: Fleet; node: HubProcess }> {
  const fleet = await startFleet(t);
  const node = await fleet.start('one', { roles: 'api,worker' });
  return { fleet, node, env: { TOCSIN_URL: node.url, TOCSIN_API_KEY: ADMIN_KEY } };
}

test('alerts are raised, shown and answered from the command line', async (t) => {
  const { env, fleet, node } = await startHub(t);
  await typeAll(env, [
    { words: 'send Fall --id lonely', out: /^lonely .*\nNobody is called: no rule takes it/ },
  ]);
  await fleet.tell(node, '/ops');
  await typeAll(env, [
    {
      words:
        'send Fall+in+room+12 --severity critical --camera room-12 --label ward=3 --id fall-17',
      out: /^fall-17 {2}critical {2}PENDING {2}Fall in room 12\nPeople are called\. Next, unless/,
    },
    { words: 'send Fall+in+room+12 --id fall-17', out: /^fall-17 {2}critical/ },
    { words: 'send Second --id fall-18 --test --json', out: /"is_test": true/ },
    {
      words: 'send --stdin',
      input: '{"events": [{"title": "Third", "alert_id": "fall-19"}]}',
      out: /\n[0-9a-f-]{36} {2}fall-19 {2}taken\n$/,
    },
    { words: 'send --stdin', input: '{"events": [', code: 1, err: /^tocsin: stdin is no JSON/ },
    { words: 'send --stdin', input: '{"titel": "x"}', code: 1, err: /titel: unknown field/ },
    { words: 'send --file /nowhere.json', code: 1, err: /no such file/ },
    { words: 'send', code: 2, err: /^tocsin: give one of TITLE, --file PATH and --stdin/ },
    { words: 'send x --severity bad', code: 2, err: /--severity must be one of critical, high/ },
    { words: 'send x --label ward', code: 2, err: /--label ward must be NAME=VALUE/ },
    { words: 'alert list', out: /^ALERT +SEVERITY .*\n(?:.*\n)*fall-17 +critical/ },
    { words: 'alert list --limit 1 --severity critical --json', out: /"alert_id": "fall-17"/ },
    { words: 'alert list --limit x', code: 2, err: /--limit must be a whole number from 1 to 500/ },
    { words: 'alert list --camera nowhere', out: /^No alert\.\n$/ },
    { words: 'alert show fall-17', out: /\nlabels +ward=3\n[^]*\nNext: Reminder 1 [^]*CREATED/ },
    { words: 'alert show fall-17 --json', out: /"timeline": \[/ },
    { words: 'alert show nope', code: 1, err: /^tocsin: the hub answered 404: There is no such/ },
    { words: 'alert show', code: 2, err: /^tocsin: ALERT_ID is missing/ },
  ]);
  await typeAll(env, [
    {
      words: 'alert ack fall-17 fall-18 nope --intent on_site --detail I+am+here',
      code: 1,
      out: /fall-17 +ACKNOWLEDGED +done [^]*nope +- +There is no such alert\./,
      err: /^tocsin: 1 of 3 refused\.\n$/,
    },
    { words: 'alert ack fall-17 --intent asleep', code: 2, err: /one of seen, calling, on_site/ },
    { words: 'alert note She+is+in+bed+3 fall-17', out: /no change, noted/ },
    { words: 'alert assign fall-17 --to Kim', out: /done/ },
    { words: 'alert escalate fall-19', out: /fall-19 +PENDING +done/ },
    { words: 'alert resolve fall-17 fall-18 --outcome false_alarm', out: /RESOLVED +done/ },
    { words: 'alert close why nope', code: 1, out: /no such alert/, err: /1 of 1 refused/ },
    { words: 'alert show fall-17', out: /assigned to +Kim\n[^]*bed 3[^]*\nWho was told\n[^]*ops/ },
  ]);
});

test('what is configured is listed, made and removed by name', async (t) => {
  const { env, fleet, node } = await startHub(t);
  await fleet.tell(node, '/ops');
  const made = await typeAll(env, [
    { words: 'source list', out: /^SOURCE +KIND .*\n(?:.*\n)*native +native/ },
    { words: 'source create prom --kind alertmanager', out: /token +[a-z0-9]{32}\n[^]*\ncurl '/ },
    { words: 'source create box --policy sentinel-strict --json', out: /"token": "[a-z0-9]{32}"/ },
    { words: 'source create box', code: 1, err: /name: is used already\ntocsin: the hub answered/ },
    { words: 'source create x --kind sirens', code: 2, err: /--kind must be one of/ },
    { words: 'source create x --policy sentinl', code: 1, err: /no policy sentinl; did you mean/ },
    { words: 'source show box', out: /policy +sentinel-strict\n/ },
    { words: 'source show bx', code: 1, err: /^tocsin: there is no source bx; did you mean box\?/ },
    { words: 'source delete BOX', out: /^Source box is removed/ },
    { words: 'source delete native', code: 1, err: /built-in resource cannot be changed/ },
    { words: 'channel list', out: /^CHANNEL +TYPE .*\nops +webhook +yes/ },
    { words: 'rule list', out: /^RULE .*\nops +yes +ops .*alert\.created alert\.escalated/ },
    { words: 'policy list', out: /\nsentinel +yes +2 min, 5 min/ },
    { words: 'responder list', out: /^No responder\.\n$/ },
    { words: 'project list --json', out: /"id": "default"/ },
    { words: 'project create ward-3 --language fr', out: /^Project ward-3 is there\.\n/ },
    { words: 'project create Ward!', code: 1, err: /project_id: must be 1 to 64 of/ },
    {
      words: 'key create ci --role viewer --expires 90d',
      out: /^tcs_\S+\n$/,
      err: /Key ci of pro/,
    },
    { words: 'key create ci --expires soon', code: 2, err: /--expires must be a time like/ },
    { words: 'key list', out: /^KEY +ROLE .*\nci +viewer +default/ },
  ]);
  const viewer = { ...env, TOCSIN_API_KEY: made.at(-3)?.out.trim() ?? '' };
  await typeAll(viewer, [
    { words: 'alert list', out: /^No alert\.\n$/ },
    { words: 'send Fall', code: 1, err: /answered 403: .* TOCSIN_API_KEY has too few rights/ },
  ]);
  await typeAll(env, [
    { words: 'key revoke ci', out: /^Key ci is revoked/ },
    { words: 'key revoke cj', code: 1, err: /there is no key cj; did you mean ci\?/ },
  ]);
});

test('a hub that is away, a wrong key and a wrong setting are told with what to do', async () => {
  const away = { TOCSIN_URL: 'http://127.0.0.1:9', TOCSIN_API_KEY: 'k'.repeat(40) };
  const sentence = /^tocsin: http:\/\/127\.0\.0\.1:9 does not answer: .* Is the hub running/;
  await typeAll(away, [{ words: 'alert list', code: 1, err: sentence }]);
  const misspelt = { TOCSIN_PROT: '1' };
  await typeAll(misspelt, [
    { words: 'alert list', code: 2, err: /^tocsin: TOCSIN_PROT is not a setting\. Did you mean/ },
    // What needs no setting works all the same.
    { words: 'version', out: /^\d+\.\d+\.\d+\n$/ },
    { words: '--version', out: /^\d+\.\d+\.\d+\n$/ },
    { words: 'config print', code: 1, out: /^SETTING +VALUE/, err: /PROT is not a setting/ },
    { words: 'completion bash', out: /\ncomplete -F _tocsin tocsin\n$/ },
    { words: 'help', out: /\n {2}alert list +List alerts/ },
    { words: 'alert --help', out: /^Usage: tocsin alert VERB/ },
    { words: 'alrt list', code: 2, err: /there is no command alrt; did you mean alert\?/ },
  ]);
});

test('what happens is watched live, until Ctrl-C', async (t) => {
  const { env, fleet, node } = await startHub(t);
  await fleet.raise(node, { alert_id: 'before', title: 'Before it' });
  const child = spawn(process.execPath, [LAUNCHER, 'alert', 'watch'], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
  });
  t.after(() => child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => String((await lines.next()).value);
  assert.match(await next(), / before {2}raised {2}Before it$/);
  await fleet.raise(node, { alert_id: 'fall-17', title: 'Fall', severity: 'critical' });
  assert.match(await next(), /Z {2}critical {2}PENDING +fall-17 {2}raised {2}Fall$/);
  const answer = { status: 'ACKNOWLEDGED', intent: 'calling' };
  await fleet.ask(node, 'POST /api/v1/alerts/fall-17/status', answer);
  assert.match(await next(), / ACKNOWLEDGED +fall-17 {2}acknowledged by .* \(calling\) {2}Fall$/);
  child.kill('SIGINT');
  await once(child, 'close');
  assert.equal(child.exitCode, 0);
});

test('whoever has read enough may go: nothing is complained of', async () => {
  const child = spawn(process.execPath, [LAUNCHER, 'help'], { stdio: ['ignore', 'pipe', 'pipe'] });
  const err = readAll(child.stderr);
  child.stdout.destroy();
  await once(child, 'close');
  assert.ok(child.exitCode === 141 || child.exitCode === 0, String(child.exitCode));
  assert.equal(await err, '');
});
