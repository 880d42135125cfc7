/**
 * An office writes by certified mail (PEC), and hears what becomes of it: a letter that does not
 * arrive calls people, the delivery after all lets them go, and whoever asked is told of the rest.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { isJsonObject, type JsonObject } from '#kernel/syntax/json.ts';
import { createSigner, type Signer } from '#test/support/certified-mail/authority.ts';
import {
  type MessageOptions,
  type Notice,
  PROVIDER,
  TOWN,
  writeDaticert,
  writeSigned,
  writeUnsigned,
} from '#test/support/certified-mail/message.ts';
import { textOf } from '#test/support/hub/calls.ts';
import { typeCommand } from '#test/support/hub/command-line.ts';
import { shareTestHub } from '#test/support/hub/shared.ts';
import { patch } from '#test/support/hub/story.ts';
import { openWayIn, type WayIn } from '#test/support/hub/ways-in.ts';
import type { TestHub } from '#test/support/hub.ts';

const FIXTURES = join(import.meta.dirname, '..', 'fixtures', 'pec');

type World = { readonly authority: Signer; readonly provider: Signer };

let made: Promise<World> | null = null;

function openWorld(): Promise<World> {
  made ??= (async () => {
    const authority = await createSigner({ name: 'Autorità di prova', isAuthority: true });
    const own = { name: 'Gestore di Prova S.p.A.', issuer: authority, address: PROVIDER };
    return { authority, provider: await createSigner(own) };
  })();
  return made;
}

let opened = 0;

/** A mailbox whose mail comes in, and a target that hears what its rule asks for. */
async function openMailbox(hub: TestHub, mapping: JsonObject = {}) {
  opened += 1;
  const name = `casella ${opened}`;
  const { authority, provider } = await openWorld();
  const trusted_certificates = [authority.pem];
  const way = await openWayIn(hub, 'pec', {
    name,
    mapping: { trusted_certificates, mailbox_id: name, ...mapping },
  });
  const post = (bytes: Buffer) => postMail(way, bytes);
  const receive = async (notice: Notice, more: MessageOptions = {}) => {
    const identifier = `${opened}.${notice.identifier ?? 'letter'}@pec.gestore-prova.example.it`;
    const daticert = writeDaticert({ ...notice, identifier });
    return post(await writeSigned(provider, { daticert, ...more }));
  };
  return { name, way, post, receive, provider };
}

async function postMail(way: WayIn, raw: Buffer, type = 'message/rfc822') {
  const answer = await way.post(undefined, { raw, headers: { 'content-type': type } });
  assert.equal(answer.status, 200, answer.text);
  return answer;
}

async function addRule(hub: TestHub, path: string, rule: JsonObject): Promise<void> {
  const config = { url: hub.receiver.url(path) };
  const channel = { name: `to ${path}`, channel_type: 'webhook', config };
  const channel_id = await hub.create('/api/v1/channels', channel);
  await hub.create('/api/v1/rules', { name: `for ${path}`, channel_id, ...rule });
}

/** What a target was told, as `event: …`. */
async function listTold(hub: TestHub, path: string): Promise<readonly JsonObject[]> {
  await hub.settle();
  return hub.receiver.received(path).map(({ body }) => body);
}

async function listNames(hub: TestHub, path: string): Promise<readonly string[]> {
  return (await listTold(hub, path)).map(({ event, data }) => {
    assert.ok(isJsonObject(data));
    const { pec_type, old_state, new_state } = data;
    const state = new_state === undefined ? '' : ` ${textOf(old_state)} -> ${textOf(new_state)}`;
    return `${textOf(event)}: ${textOf(pec_type)}${state}`;
  });
}

async function statusesOf(hub: TestHub, mailbox: string): Promise<readonly string[]> {
  const sql = `select status from alert where labels->>'mailbox_id' = $1 order by created_at`;
  return (await hub.query(sql, [mailbox])).map(({ status }) => textOf(status));
}

describe('an office that writes by certified mail', () => {
  const shared = shareTestHub();

  test('is called when a letter does not arrive, and let go when it does after all', async () => {
    const hub = shared();
    const { name, receive } = await openMailbox(hub);
    await receive({ tipo: 'accettazione', clock: '16:05:12' });
    assert.deepEqual(await statusesOf(hub, name), []);
    const doubt = { tipo: 'preavviso-errore-consegna', recipient: TOWN };
    const failed = await receive({ ...doubt, day: '19/03/2026', errorText: 'prime 12 ore' });
    assert.equal(failed.at('results.0.certified'), true);
    const alert = await hub.alert(failed.textAt('results.0.alert_id'));
    assert.equal(alert['title'], `Preavviso Mancata Consegna, ${name}`);
    assert.deepEqual(await statusesOf(hub, name), ['PENDING']);
    await receive({
      tipo: 'avvenuta-consegna',
      recipient: TOWN,
      day: '19/03/2026',
      clock: '17:00:00',
    });
    assert.deepEqual(await statusesOf(hub, name), ['RESOLVED']);
  });

  test('is called again when what was in doubt has failed for good', async () => {
    const hub = shared();
    const { name, receive } = await openMailbox(hub);
    const doubt = { tipo: 'preavviso-errore-consegna', recipient: TOWN };
    const first = await receive({ ...doubt, errorText: 'prime 12 ore', day: '19/03/2026' });
    const id = first.textAt('results.0.alert_id');
    await hub.acknowledge(id);
    await receive({ ...doubt, errorText: 'nelle 24 ore successive', day: '20/03/2026' });
    assert.equal((await hub.alert(id))['occurrence_count'], 2);
    await hub.advance({ minutes: 1 });
    const calls = (await hub.notifications(id)).filter((row) => row.startsWith('escalated'));
    assert.equal(calls.length, 1);
    assert.equal((await statusesOf(hub, name)).length, 1);
  });

  test('is not called by a notice that is read after the delivery it was wrong about', async () => {
    const hub = shared();
    const { name, receive } = await openMailbox(hub);
    await receive({ tipo: 'avvenuta-consegna', recipient: TOWN, day: '19/03/2026' });
    const late = { tipo: 'preavviso-errore-consegna', recipient: TOWN, day: '18/03/2026' };
    const answer = await receive(late);
    assert.equal(answer.at('results.0.alert_id'), null);
    const other = await receive({ ...late, recipient: 'scuola@pec.example.it' });
    assert.notEqual(other.at('results.0.alert_id'), null);
    assert.deepEqual(await statusesOf(hub, name), ['PENDING']);
  });

  test('is called for a receipt that nobody signed, and not let go by one', async () => {
    const hub = shared();
    const { name, post } = await openMailbox(hub);
    const failure = writeDaticert({ tipo: 'errore-consegna', recipient: TOWN });
    const answer = await post(writeUnsigned({ daticert: failure }));
    assert.deepEqual(
      [answer.at('results.0.certified'), answer.at('results.0.uncertified_reason')],
      [false, 'unsigned'],
    );
    const delivery = writeDaticert({ tipo: 'avvenuta-consegna', recipient: TOWN });
    await post(writeUnsigned({ daticert: delivery }));
    assert.deepEqual(await statusesOf(hub, name), ['PENDING']);
    assert.equal(await countSent(hub, answer.textAt('results.0.event_id')), 0);
  });

  test('gets nothing twice, however often its mailbox is read', async () => {
    const hub = shared();
    const { name, post, provider } = await openMailbox(hub);
    const daticert = writeDaticert({ tipo: 'errore-consegna', recipient: TOWN, identifier: 'b@x' });
    const bytes = await writeSigned(provider, { daticert });
    const answers = await Promise.all(Array.from({ length: 8 }, () => post(bytes)));
    const fresh = answers.filter((answer) => answer.at('results.0.is_duplicate') === false);
    assert.equal(fresh.length, 1);
    assert.deepEqual(await statusesOf(hub, name), ['PENDING']);
  });
});

/** Sent messages that the source of an event remembers. */
async function countSent(hub: TestHub, event: string): Promise<number> {
  const [row] = await hub.query(
    `select count(*)::integer as found from intake_sent_mail m join event e
         on e.project_id = m.project_id and e.source_id = m.source_id where e.event_id = $1`,
    [event],
  );
  return Number(row?.['found']);
}

describe('whoever asked for it', () => {
  const shared = shareTestHub({ isTelling: false });

  test('is told of each message, and of what has become of those that were sent', async () => {
    const hub = shared();
    const { name, receive } = await openMailbox(hub);
    const event_types = ['message.received', 'message.state_changed'];
    await addRule(hub, '/all', { event_types, filter: { mailbox_id: name } });
    await receive({ tipo: 'accettazione' });
    await receive({ tipo: 'avvenuta-consegna', recipient: TOWN });
    await receive({ tipo: 'posta-certificata', identifier: 'other' });
    assert.deepEqual(await listNames(hub, '/all'), [
      'message.received: accettazione',
      'message.state_changed: accettazione sent -> accepted',
      'message.received: avvenuta-consegna',
      'message.state_changed: avvenuta-consegna accepted -> delivered',
      'message.received: posta-certificata',
    ]);
  });

  test('hears only of the mail that the filter names, by real names and by old ones', async () => {
    const hub = shared();
    const { name, receive } = await openMailbox(hub);
    const event_type = 'message.received';
    await addRule(hub, '/failures', {
      event_type,
      filter: { pec_type: ['mancata_consegna', 'non-accettazione'], mailbox_id: name },
    });
    await addRule(hub, '/outbound', { event_type, filter: { direction: 'outbound' } });
    await addRule(hub, '/other', { event_type, filter: { mailbox_id: 'another' } });
    await addRule(hub, '/matched', { event_type, matchers: ['pec_type=~"accetta.*|avvenuta.*"'] });
    await receive({ tipo: 'accettazione' });
    await receive({ tipo: 'errore-consegna', recipient: TOWN });
    assert.deepEqual(await listNames(hub, '/failures'), ['message.received: errore-consegna']);
    assert.deepEqual(await listNames(hub, '/outbound'), []);
    assert.deepEqual(await listNames(hub, '/other'), []);
    assert.deepEqual(await listNames(hub, '/matched'), ['message.received: accettazione']);
  });

  test('by the names of an older program is told by those names', async () => {
    const hub = shared();
    const { name, receive, way } = await openMailbox(hub);
    const event_types = ['new_message', 'state_changed'];
    await addRule(hub, '/old', { event_types, filter: { mailbox_id: name } });
    await receive({ tipo: 'accettazione' });
    const data = { message_id: 'm-1', mailbox_id: name, old_state: 'inviata', new_state: 'letta' };
    assert.equal((await way.post({ event: 'state_changed', data })).status, 200);
    assert.deepEqual(await listNames(hub, '/old'), [
      'new_message: accettazione',
      'state_changed: accettazione sent -> accepted',
      'state_changed: unknown inviata -> letta',
    ]);
  });

  test('reads kind and mailbox alone, unless the project wants more', async () => {
    const hub = shared();
    const { name, receive } = await openMailbox(hub);
    const filter = { mailbox_id: name };
    await addRule(hub, '/content', { event_type: 'message.received', filter });
    const subject = 'Diffida riservata 0012';
    await receive({ tipo: 'posta-certificata', subject });
    const [hidden] = await listTold(hub, '/content');
    assert.doesNotMatch(JSON.stringify(hidden), /riservata/);
    assert.match(JSON.stringify(hidden), new RegExp(`PEC, ${name}`));
    await patch(hub, '/api/v1/projects/default', { mail_content: 'full' });
    await receive({ tipo: 'posta-certificata', subject, identifier: 'second' });
    const [, shown] = await listTold(hub, '/content');
    assert.match(JSON.stringify(shown), /Diffida riservata 0012/);
    await patch(hub, '/api/v1/projects/default', { mail_content: 'minimal' });
  });

  test('is told nothing of a mail of ours: its receipts would go round for ever', async () => {
    const hub = shared();
    const { name, receive } = await openMailbox(hub);
    const event_types = ['message.received', 'message.state_changed', 'event.received'];
    const matchers = [`mailbox_id="${name}"`];
    await addRule(hub, '/round', { event_types, matchers });
    const own = { messageId: '<tocsin.0190a000@lume.example.it>', recipient: TOWN };
    const answer = await receive({ tipo: 'errore-consegna', ...own });
    assert.equal(answer.at('results.0.alert_id'), null);
    assert.deepEqual(await listNames(hub, '/round'), []);
    await receive({ tipo: 'errore-consegna', recipient: TOWN, identifier: 'letter 2' });
    assert.notDeepEqual(await listNames(hub, '/round'), []);
  });

  test('can be told from what is stored, which needs no receipt to be read again', async () => {
    const hub = shared();
    const { receive } = await openMailbox(hub);
    const answer = await receive({ tipo: 'errore-consegna', recipient: TOWN });
    const event_id = answer.textAt('results.0.event_id');
    const tested = await hub.call('POST /api/v1/rules/test', {
      event_id,
      event_type: 'message.received',
      rule: { filter: { pec_type: 'accettazione' } },
    });
    assert.equal(tested.status, 200, tested.text);
    assert.match(
      tested.textAt('rules.0.why'),
      /the filter pec_type does not fit: .*errore-consegna/,
    );
    const stored = await hub.call(`GET /api/v1/events/${event_id}`);
    assert.equal(stored.at('payload.pec_type'), 'errore-consegna');
  });
});

describe('setting a mailbox up', () => {
  const shared = shareTestHub({ isTelling: false });

  test('refuses a filter that is not understood, and what cannot be a certificate', async () => {
    const hub = shared();
    const refused = await hub.call('POST /api/v1/sources', {
      name: 'x',
      kind: 'pec',
      mapping: { trusted_certificates: ['x'], alert_on: ['errore-consena'] },
    });
    assert.deepEqual(
      [refused.status, refused.at('error.details.0.path'), refused.at('error.details.1.path')],
      [422, 'mapping.alert_on[0]', 'mapping.trusted_certificates[0]'],
    );
    const channel_id = await hub.create('/api/v1/channels', {
      name: 'c',
      channel_type: 'webhook',
      config: { url: hub.receiver.url('/c') },
    });
    const save = (filter: JsonObject) =>
      hub.call('POST /api/v1/rules', {
        name: 'r',
        event_type: 'message.received',
        channel_id,
        filter,
      });
    for (const [filter, path, says] of [
      [{ pec_type: [] }, 'filter.pec_type', /at least 1/],
      [{ pec_type: 'errore-consena' }, 'filter.pec_type', /did you mean errore-consegna/],
      [{ pec_type: ['errore', 'nuova'] }, 'filter.pec_type[1]', /is none of/],
      [{ direction: 'in' }, 'filter.direction', /inbound, outbound/],
      [{ mailbox: 'x' }, 'filter.mailbox', /unknown filter key/],
    ] as const) {
      const answer = await save(filter);
      assert.equal(answer.at('error.details.0.path'), path, answer.text);
      assert.match(answer.textAt('error.details.0.message'), says);
    }
    const filter = { pec_type: ['posta_certificata', 'errore'], mailbox_id: 'm' };
    assert.deepEqual((await save(filter)).at('filter'), filter);
  });

  test('can be tried with a mail that was saved, before anything is sent', async () => {
    const hub = shared();
    const file = join(FIXTURES, '04-errore-consegna.eml');
    const typed = await typeCommand(hub, ['source', 'try', file, '--kind', 'pec']);
    assert.equal(typed.code, 0, typed.err);
    assert.match(typed.out, /received +medium .*Ricevuta di Mancata Consegna \(non certificata\)/);
    const accepted = join(FIXTURES, '02-accettazione.eml');
    const other = await typeCommand(hub, ['source', 'try', accepted, '--kind', 'pec']);
    assert.match(other.out, /event only/);
    assert.equal(await hub.countRows('event'), 0);
  });

  test('takes large mail, and refuses what is too large, or none, in words', async () => {
    const hub = shared();
    const { way, provider } = await openMailbox(hub);
    const daticert = writeDaticert({ tipo: 'posta-certificata' });
    const original = `Subject: large\n\n${`${'A'.repeat(75)}\n`.repeat(80_000)}`;
    const large = await writeSigned(provider, { daticert, original });
    assert.ok(large.length > 6_000_000);
    assert.equal((await postMail(way, large)).at('results.0.certified'), true);
    const many = Buffer.from(`From: a@b.it\r\n${'X-A: b\r\n'.repeat(501)}\r\n`);
    const refused = await way.post(undefined, { raw: many });
    assert.deepEqual(
      [refused.status, refused.at('error.details.0.message')],
      [422, 'there are more than 500 headers'],
    );
  });

  test('keeps nothing of what was written, beside the fields of the event', async () => {
    const hub = shared();
    const { way } = await openMailbox(hub);
    await postMail(way, readFileSync(join(FIXTURES, '03-avvenuta-consegna.eml')));
    for (const table of ['event', 'alert', 'intake_sent_mail', 'notification']) {
      const rows = await hub.query(`select * from ${table}`);
      assert.doesNotMatch(JSON.stringify(rows), /L'allegato daticert|BEGIN|%PDF/, table);
    }
    const sent = JSON.stringify(await hub.query('select * from intake_sent_mail'));
    assert.doesNotMatch(sent, /@|alfa1026|protocollo/);
  });

  test('what is over is forgotten after a month', async () => {
    const hub = shared();
    const { receive } = await openMailbox(hub);
    await receive({ tipo: 'accettazione' });
    const before = await hub.countRows('intake_sent_mail');
    await hub.advance({ hours: 24 * 31 });
    await hub.node.hub.runRetentionOnce();
    assert.ok(before > 0);
    assert.equal(await hub.countRows('intake_sent_mail'), 0);
  });
});
