import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BARE_REPORT, type Report } from '#intake/report.ts';
import {
  MAIL_FIELDS,
  type MailFacts,
  renderMailMessage,
  renderMailPayload,
  renderMailTitle,
  showMailContent,
} from './mail-facts.ts';

const FACTS: MailFacts = {
  kind: 'errore-consegna',
  direction: 'inbound',
  mailboxId: 'ufficio',
  mailboxEmail: 'ufficio@pec.lume.example.it',
  messageId: '<r.1@pec.gestore.example.it>',
  subject: 'Diffida riservata',
  fromAddress: 'posta-certificata@pec.gestore.example.it',
  toAddresses: ['ufficio@pec.lume.example.it'],
  receivedAt: null,
  certification: { isCertified: true, signer: 'CN=Posta Certificata', digest: 'sha256' },
  identifier: 'g.1@pec.gestore.example.it',
  reference: '<m.1@lume.example.it>',
  recipient: 'riservato@pec.comune.example.it',
  provider: 'Gestore',
  errorText: 'casella di riservato piena',
  isVirus: false,
  isAutomatic: false,
  isAboutOwn: false,
  change: null,
  sentState: 'failed',
};

const REPORT: Report = {
  ...BARE_REPORT,
  stage: 'received',
  identity: { kind: 'single' },
  title: renderMailTitle(FACTS),
  severity: 'medium',
  content: 'Tipo: Ricevuta di Mancata Consegna\nCasella: ufficio',
  payload: renderMailPayload(FACTS),
  mail: {
    eventType: 'message.received',
    kind: FACTS.kind,
    direction: FACTS.direction,
    mailboxes: ['ufficio'],
    isAboutOwn: false,
    sent: null,
  },
};

describe('what people wrote in a mail', () => {
  test('is under the names of the list alone, and a message without them tells none of it', () => {
    const message = renderMailMessage(renderMailPayload(FACTS), false);
    assert.doesNotMatch(JSON.stringify(message), /riservat/);
    assert.deepEqual(
      MAIL_FIELDS.map((name) => message[name]),
      [null, null, [], null, null],
    );
    assert.deepEqual(
      [message['pec_type'], message['mailbox_id'], message['certified'], message['sent_state']],
      ['errore-consegna', 'ufficio', true, 'failed'],
    );
    assert.deepEqual(renderMailMessage(renderMailPayload(FACTS), true), renderMailPayload(FACTS));
  });

  test('is in the title and the text of the report where the project asks for it', () => {
    assert.doesNotMatch(JSON.stringify([REPORT.title, REPORT.content]), /riservat/);
    const shown = showMailContent(REPORT);
    assert.equal(shown.title, 'Ricevuta di Mancata Consegna, ufficio: Diffida riservata');
    assert.equal(
      shown.content,
      `Tipo: Ricevuta di Mancata Consegna
Casella: ufficio
Da: posta-certificata@pec.gestore.example.it
Oggetto: Diffida riservata`,
    );
    assert.equal(shown.annotations['recipient'], 'riservato@pec.comune.example.it');
  });

  test('may be nothing: then that is what is said', () => {
    const bare = { ...FACTS, subject: null, fromAddress: null };
    const shown = showMailContent({ ...REPORT, payload: renderMailPayload(bare) });
    assert.match(shown.content ?? '', /Da: mittente sconosciuto\nOggetto: \(senza oggetto\)$/);
  });

  test('is left alone in what is no mail', () => {
    const other: Report = { ...REPORT, mail: null };
    assert.equal(showMailContent(other), other);
  });
});

test('a title says kind and mailbox, and of what claims to be certified that it is not', () => {
  const refused = { isCertified: false, reason: 'untrusted', detail: 'x' } as const;
  const titleOf = (more: Partial<MailFacts>) => renderMailTitle({ ...FACTS, ...more });
  assert.equal(titleOf({}), 'Ricevuta di Mancata Consegna, ufficio');
  assert.equal(
    titleOf({ mailboxId: null }),
    'Ricevuta di Mancata Consegna, ufficio@pec.lume.example.it',
  );
  assert.equal(titleOf({ mailboxId: null, mailboxEmail: null }), 'Ricevuta di Mancata Consegna');
  assert.equal(
    titleOf({ certification: refused }),
    'Ricevuta di Mancata Consegna (non certificata), ufficio',
  );
  assert.equal(titleOf({ certification: refused, kind: 'unknown' }), 'Messaggio, ufficio');
  const reported = { ...refused, reason: 'reported' };
  assert.equal(titleOf({ certification: reported }), 'Ricevuta di Mancata Consegna, ufficio');
});

test('a payload says why a mail is not certified, and what is odd about it', () => {
  const payload = renderMailPayload({
    ...FACTS,
    certification: { isCertified: false, reason: 'tampered', detail: 'changed' },
    isVirus: true,
    isAutomatic: true,
    isAboutOwn: true,
    change: { oldState: null, newState: 'failed' },
  });
  assert.deepEqual(
    [payload['certified'], payload['uncertified_reason'], payload['uncertified_detail']],
    [false, 'tampered', 'changed'],
  );
  assert.deepEqual(
    ['is_virus', 'is_automatic', 'is_about_own_mail', 'new_state'].map((name) => payload[name]),
    [true, true, true, 'failed'],
  );
  assert.equal('signed_by' in payload, false);
});
