/** The live board in a real browser, against real processes of the hub. */
import assert from 'node:assert/strict';
import { after, before, test, type TestContext } from 'node:test';
import { Secret, TOTP } from 'otpauth';
import type { Browser, Page } from 'playwright-core';
import type { JsonObject } from '#kernel/syntax/json.ts';
import { isSuccess, readText } from '#test/crash/http.ts';
import { ADMIN_KEY, type Fleet, startFleet } from '#test/support/processes/fleet.ts';
import type { HubProcess } from '#test/support/processes/hub-process.ts';
import { launchChromium } from './chromium.ts';

/** For what takes a browser and a hub some seconds; nothing is asserted about the time. */
const WAIT = { timeout: 30_000 };

let browser: Browser | null = null;
before(async () => {
  browser = await launchChromium();
});
after(() => browser?.close());

type Opened = {
  readonly fleet: Fleet;
  readonly node: HubProcess;
  readonly page: Page;
  /** What the browser complained of, but for a network that was taken away. */
  readonly complaints: readonly string[];
};

async function openBoard(t: TestContext, key: string | null = ADMIN_KEY): Promise<Opened> {
  assert.ok(browser !== null);
  const context = await browser.newContext({ reducedMotion: 'reduce' });
  t.after(() => context.close());
  const fleet = await startFleet(t);
  const node = await fleet.start('first', { roles: 'api,worker' });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('dialog', (dialog) => complaints.push(`a dialog: ${dialog.message()}`));
  page.on('console', (message) => {
    const isNetwork = message.text().includes('net::ERR_');
    if (message.type() === 'error' && !isNetwork) complaints.push(message.text());
  });
  await page.goto(node.url);
  if (key !== null) await enter(page, key);
  return { fleet, node, page, complaints };
}

async function enter(page: Page, key: string): Promise<void> {
  await page.getByLabel('API key').fill(key);
  await page.getByRole('button', { name: 'Open' }).click();
}

const rowOf = (page: Page, title: string) => page.getByRole('listitem').filter({ hasText: title });

const readAlert = async ({ fleet, node }: Opened, id: string): Promise<JsonObject> =>
  (await fleet.ask(node, `GET /api/v1/alerts/${id}`)).body;

test('an alert appears, is acknowledged, is resolved and leaves, without a reload', async (t) => {
  const opened = await openBoard(t);
  const { fleet, node, page } = opened;
  await page.getByText('Nothing needs anyone.').waitFor(WAIT);
  await page.getByText('Alarm path alive').waitFor(WAIT);
  await page.evaluate('window.isTheSamePage = true');
  const where = { area_id: 'Room 12', camera_id: 'cam-7' };
  const id = await fleet.raise(node, { title: 'Fall detected', severity: 'critical', ...where });
  const row = rowOf(page, 'Fall detected');
  await row.getByText('Room 12 · camera cam-7').waitFor(WAIT);
  await row.getByText('Critical', { exact: true }).waitFor(WAIT);
  await row.getByText('Pending').waitFor(WAIT);
  assert.match(await page.title(), /^\(1\) Tocsin/);

  await row.getByRole('button', { name: 'Acknowledge' }).click();
  await row.getByText('Recorded: you have seen it.').waitFor(WAIT);
  await row.getByText('Acknowledged', { exact: false }).first().waitFor(WAIT);
  assert.equal((await readAlert(opened, id))['status'], 'ACKNOWLEDGED');

  await row.getByRole('button', { name: 'Resolve' }).click();
  await page.getByLabel('Help was sent').check();
  await page.getByLabel('Note').fill('She is back in bed');
  await page.getByRole('dialog').getByRole('button', { name: 'Resolve' }).click();
  await row.getByText('Recorded: resolved, help was sent.').waitFor(WAIT);
  const alert = await readAlert(opened, id);
  assert.deepEqual([alert['status'], alert['outcome']], ['RESOLVED', 'help_sent']);
  await row.waitFor({ state: 'detached', ...WAIT });
  await page.getByText('Nothing needs anyone.').waitFor(WAIT);
  assert.equal(await page.evaluate('window.isTheSamePage'), true);
  assert.deepEqual(opened.complaints, []);
});

test('a key sees its own project, and what a sender wrote is text', async (t) => {
  const { fleet, node, page, complaints } = await openBoard(t, null);
  for (const project_id of ['mine', 'theirs']) {
    assert.ok(isSuccess(await fleet.ask(node, 'POST /api/v1/projects', { project_id })));
  }
  const viewer = { project_id: 'mine', name: 'board', role: 'viewer' };
  const made = await fleet.ask(node, 'POST /api/v1/keys', viewer);
  await enter(page, readText(made.body, 'key'));
  await page.getByText('Nothing needs anyone.').waitFor(WAIT);
  const hostile = `<img src=x onerror="alert(1)"><script>alert(2)</script>`;
  await fleet.raise(node, { title: 'Not for you', project_id: 'theirs' });
  await fleet.raise(node, { title: hostile, project_id: 'mine' });
  const title = page.getByRole('heading', { name: hostile });
  await title.waitFor(WAIT);
  assert.equal(await title.textContent(), hostile);
  assert.equal(await page.locator('img, main script').count(), 0);
  assert.equal(await page.getByText('Not for you').count(), 0);

  // A viewer may look and not answer: the hub's own words say so.
  await rowOf(page, hostile).getByRole('button', { name: 'Acknowledge' }).click();
  await page.getByText('NOT recorded. This principal may not do that. (not_allowed)').waitFor(WAIT);
  const stored = await page.evaluate('location.href + document.cookie + localStorage.length');
  assert.equal(stored, `${node.url}/0`, 'the key is in the tab and nowhere else');
  // The browser itself notes the refusal, and nothing else.
  assert.ok(
    complaints.every((text) => text.includes('403')),
    complaints.join('\n'),
  );
});

test('a key that is none is refused in words, and so is one that may not read', async (t) => {
  const { fleet, node, page } = await openBoard(t, 'not-a-key-of-this-hub');
  await page.getByText('The hub does not take this key').waitFor(WAIT);
  const sender = { name: 'sender', role: 'ingest' };
  const made = await fleet.ask(node, 'POST /api/v1/keys', sender);
  await enter(page, readText(made.body, 'key'));
  await page.getByText('This key may not read alerts').waitFor(WAIT);
  assert.equal(await page.evaluate('sessionStorage.length'), 0);
});

test('a hub that dies is noticed, and after a restart nothing is missing', async (t) => {
  const { fleet, node, page } = await openBoard(t);
  const other = await fleet.start('second', { roles: 'api,worker' });
  await fleet.raise(node, { title: 'Before' });
  await rowOf(page, 'Before').waitFor(WAIT);
  await node.kill();
  await page.getByRole('alert').filter({ hasText: 'Nothing has come from the hub' }).waitFor(WAIT);
  await rowOf(page, 'Before').waitFor(WAIT);
  await fleet.raise(other, { title: 'Meanwhile' });
  const env = { TOCSIN_PORT: new URL(node.url).port };
  await fleet.start('first', { roles: 'api,worker', env });
  await page.getByText('Caught up').waitFor(WAIT);
  await rowOf(page, 'Meanwhile').waitFor(WAIT);
  await page.getByText('Alarm path alive').waitFor(WAIT);
  assert.equal(await page.getByRole('alert').filter({ hasText: 'Nothing has' }).count(), 0);
});

test('the board is worked with the keyboard alone, and fits a phone', async (t) => {
  const { fleet, node, page } = await openBoard(t, null);
  await page.setViewportSize({ width: 390, height: 844 });
  await page.keyboard.type(ADMIN_KEY);
  await page.keyboard.press('Enter');
  const long = 'A title without any end '.repeat(8);
  const id = await fleet.raise(node, { title: long, severity: 'high' });
  await rowOf(page, 'A title without any end').waitFor(WAIT);
  const isWide = 'document.documentElement.scrollWidth > document.documentElement.clientWidth';
  assert.equal(await page.evaluate(isWide), false, 'nothing sticks out');
  await page.getByRole('button', { name: 'Forget the key' }).focus();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.getByText('Recorded: you have seen it.').waitFor(WAIT);
  // The focus is not lost with the button: the next one has it.
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor(WAIT);
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'hidden', ...WAIT });
  const alert = (await fleet.ask(node, `GET /api/v1/alerts/${id}`)).body;
  assert.equal(alert['status'], 'ACKNOWLEDGED', 'a dialog that was left changed nothing');
});

test('a list that cannot be read is said to be so, and read again', async (t) => {
  const { fleet, node, page } = await openBoard(t, null);
  await fleet.raise(node, { title: 'There all the time' });
  let failures = 0;
  await page.route('**/api/v1/alerts?*', async (route) => {
    failures += 1;
    if (failures > 1) return route.continue();
    const error = { code: 'not_ready', message: 'The hub is not ready; see reasons.' };
    return route.fulfill({ status: 503, json: { error } });
  });
  await enter(page, ADMIN_KEY);
  const sentence = 'could not be read: The hub is not ready; see reasons. (not_ready)';
  await page.getByText(sentence).waitFor(WAIT);
  await rowOf(page, 'There all the time').waitFor(WAIT);
  assert.equal(await page.getByText('could not be read').count(), 0);
});

test('an answer that does not reach the hub is never called recorded', async (t) => {
  const opened = await openBoard(t);
  const { fleet, node, page } = opened;
  const id = await fleet.raise(node, { title: 'Door open' });
  const row = rowOf(page, 'Door open');
  await row.waitFor(WAIT);
  await page.route('**/status?*', (route) => route.abort());
  await row.getByRole('button', { name: 'Acknowledge' }).click();
  await row.getByText('NOT recorded. The hub cannot be reached.').waitFor(WAIT);
  assert.equal((await readAlert(opened, id))['status'], 'PENDING');
  await page.unroute('**/status?*');
  await row.getByRole('button', { name: 'Acknowledge' }).click();
  await row.getByText('Recorded: you have seen it.').waitFor(WAIT);
});

test('what others do is seen: taken, expired, closed', async (t) => {
  const { fleet, node, page } = await openBoard(t);
  const taken = await fleet.raise(node, { title: 'Taken by Anna' });
  const expired = await fleet.raise(node, { title: 'Nobody came' });
  await rowOf(page, 'Taken by Anna').waitFor(WAIT);
  await rowOf(page, 'Nobody came').waitFor(WAIT);
  const answer = async (id: string, body: JsonObject): Promise<void> => {
    assert.ok(isSuccess(await fleet.ask(node, `POST /api/v1/alerts/${id}/status`, body)));
  };
  await answer(taken, { status: 'ACKNOWLEDGED', intent: 'calling' });
  await rowOf(page, 'Taken by Anna').getByText('admin key is calling').waitFor(WAIT);
  await page.getByText('2 alerts are open, 1 needs someone.').waitFor(WAIT);
  await answer(expired, { status: 'EXPIRED' });
  // It stays until somebody closes it, also for who comes later.
  await rowOf(page, 'Nobody came').getByText('nobody answered in time').waitFor(WAIT);
  await page.reload();
  await rowOf(page, 'Nobody came').getByText('Expired').waitFor(WAIT);
  await rowOf(page, 'Nobody came').getByRole('button', { name: 'Resolve' }).click();
  await page.getByLabel('False alarm').check();
  await page.getByRole('dialog').getByRole('button', { name: 'Resolve' }).click();
  await rowOf(page, 'Nobody came').waitFor({ state: 'detached', ...WAIT });
  const { body } = await fleet.ask(node, `GET /api/v1/alerts/${expired}`);
  assert.deepEqual([body['status'], body['closed_by']], ['EXPIRED', 'admin key']);
});

test('a key that is revoked takes the board with it', async (t) => {
  const { fleet, node, page } = await openBoard(t, null);
  const viewer = { name: 'board', role: 'viewer' };
  const made = await fleet.ask(node, 'POST /api/v1/keys', viewer);
  await fleet.raise(node, { title: 'Seen for a while' });
  await enter(page, readText(made.body, 'key'));
  await rowOf(page, 'Seen for a while').waitFor(WAIT);
  await fleet.ask(node, `DELETE /api/v1/keys/${readText(made.body, 'id')}`);
  await page.getByText('The hub does not take this key').waitFor(WAIT);
  assert.equal(await page.getByText('Seen for a while').count(), 0);
});

/** Types into the fields of the form, by their names, and sends it. */
async function post(page: Page, fields: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, value] of Object.entries(fields)) {
    await page.locator(`input[name="${name}"]`).fill(value);
  }
  await page.locator('button.go').click();
}

const readSecret = async (page: Page) =>
  ((await page.locator('code').first().textContent()) ?? '').replaceAll(' ', '');

test('an operator sets up a login, sees the board under their name, and logs out', async (t) => {
  const opened = await openBoard(t, null);
  const { fleet, node, page, complaints } = opened;
  const body = { name: 'Anna', login: 'anna', is_hub_admin: true };
  const made = await fleet.ask(node, 'POST /api/v1/operators', body);
  await page.goto(readText(made.body, 'set_up_url').replace(/^https?:\/\/[^/]+/, node.url));
  const password = 'four quiet herons wading';
  await post(page, { password, repeat: password });
  const telephone = new TOTP({ secret: Secret.fromBase32(await readSecret(page)) });
  await page.locator('.qr svg').waitFor(WAIT);
  await post(page, { code: telephone.generate() });
  await page.getByText('Your recovery codes').waitFor(WAIT);
  const [recovery = ''] = await page.locator('li code').allTextContents();
  await page.getByRole('link', { name: 'Open the board' }).click();
  await page.getByText('Nothing needs anyone.').waitFor(WAIT);
  assert.equal(await page.locator('#who').textContent(), 'Anna');
  assert.equal(new URL(page.url()).hash, '');
  await fleet.ask(node, 'POST /api/v1/alerts', { title: 'Fall in room 12', alert_id: 'fall-1' });
  await rowOf(page, 'Fall in room 12').getByRole('button', { name: 'Acknowledge' }).click();
  await rowOf(page, 'Fall in room 12').getByText('Recorded').waitFor(WAIT);
  assert.equal((await readAlert(opened, 'fall-1'))['acknowledged_by'], 'Anna');
  await page.reload();
  await rowOf(page, 'Fall in room 12').waitFor(WAIT);
  await page.getByRole('button', { name: 'Log out' }).click();
  await page.getByRole('link', { name: 'Log in' }).click();
  await post(page, { login: 'anna', password, code: recovery });
  await rowOf(page, 'Fall in room 12').waitFor(WAIT);
  assert.deepEqual(complaints, []);
});
