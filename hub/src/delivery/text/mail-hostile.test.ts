import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { instant } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { JsonValue } from '#kernel/syntax/json.ts';
import { LANGUAGES } from '#kernel/words/language.ts';
import { EVENT_TYPES } from '#kernel/words/lifecycle.ts';
import type { ChannelNotification } from '#delivery/channel.ts';
import { readHtml } from './html-reading.fixture.ts';
import { type MailText, renderMailText } from './mail-text.ts';
import { createNotification, FALL } from './notification.fixture.ts';

/** Mail programs cut mails off at about 100 kB. */
const HTML_BYTES_MAX = 100_000;
const EVIL =
  '</td></table><script>alert(1)</script><img src=x onerror="x">{{ 7 | times: 6 }}\'&amp;';

function assertSound(mail: MailText): void {
  assert.ok(mail.subject.length <= LIMITS.textSubjectCharsMax, 'a bounded subject');
  assert.notEqual(mail.subject.trim(), '');
  assert.doesNotMatch(mail.subject, /[\p{Cc}\p{Zl}\p{Zp}]/u);
  assert.doesNotMatch(mail.text, /[^\P{Cc}\n]|\u202e/u);
  for (const part of [mail.subject, mail.text, mail.html]) assert.ok(part.isWellFormed());
  assert.ok(Buffer.byteLength(mail.html) <= HTML_BYTES_MAX, `${Buffer.byteLength(mail.html)} B`);
  const { elements } = readHtml(mail.html);
  const names = new Set(elements.map(({ name }) => name));
  for (const name of ['script', 'img', 'iframe', 'form', 'link', 'object']) {
    assert.ok(!names.has(name), name);
  }
  for (const { attributes } of elements) {
    assert.ok(!Object.keys(attributes).some((name) => name.startsWith('on')));
    if (attributes['href'] !== undefined) assert.match(attributes['href'], /^https?:\/\//);
  }
}

/** Anything that JSON can be, in places where something else is expected. */
const ODD: fc.Arbitrary<JsonValue> = fc
  .oneof(
    fc.jsonValue({ maxDepth: 3 }),
    fc.string({ unit: 'binary' }),
    fc.constantFrom(EVIL, '\u202e', 'a\r\nBcc: x@example.org', '\ud800', '🚨'.repeat(400)),
  )
  .map(parseOdd);

function parseOdd(value: unknown): JsonValue {
  return value as JsonValue;
}

const ODD_ALERT = fc.dictionary(fc.constantFrom(...Object.keys(FALL)), ODD);

test('property: an alert that is odd anywhere is still a sound mail in any language', () => {
  fc.assert(
    fc.property(
      fc.record({
        alert: ODD_ALERT,
        label: ODD,
        language: fc.constantFrom(...LANGUAGES),
        eventType: fc.oneof(fc.constantFrom(...EVENT_TYPES), fc.string()),
        recipient: fc.string({ unit: 'binary' }),
      }),
      ({ alert, label, language, eventType, recipient }) => {
        const payload = { alert: { ...FALL, ...alert }, label };
        assertSound(
          renderMailText(createNotification({ payload, language, eventType, recipient })),
        );
      },
    ),
  );
});

test('property: a payload that is nothing we know is still a sound mail', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), ODD),
      fc.constantFrom(...EVENT_TYPES),
      (payload, type) => {
        assertSound(renderMailText(createNotification({ payload, eventType: type })));
      },
    ),
  );
});

test('what comes from outside is escaped in the page and stands as it is in the text', () => {
  const { html, text, subject } = renderMailText(
    createNotification({ recipient: EVIL }, { title: EVIL, labels: { [EVIL]: EVIL } }),
  );
  assert.ok(!html.includes('<script>'));
  assert.ok(html.includes('{{ 7 | times: 6 }}'), 'a template in a value is only text');
  assert.ok(readHtml(html).text.includes(EVIL));
  assert.ok(text.includes(EVIL));
  assert.ok(subject.includes('<script>'), 'a subject is plain text');
});

test('a value with line breaks cannot pretend to be a further line of ours', () => {
  const { text } = renderMailText(
    createNotification({}, { area_id: 'Room 12\n\nI saw it:\nhttps://evil.example/' }),
  );
  assert.ok(!text.includes('\nhttps://evil.example/'));
});

test('links that are not http or https are left out, the others stay', () => {
  const basis = createNotification({}, { source_url: 'javascript:alert(1)' });
  const actions = { ...basis.actions, page: '', calling: 'x', cannot: 'x', resolve: 'data:,x' };
  const mail = renderMailText({ ...basis, actions: { seen: 'https://hub.example/s', ...actions } });
  const links = readHtml(mail.html).elements.filter(({ name }) => name === 'a');
  assert.deepEqual(
    links.map((each) => each.attributes['href']),
    ['https://hub.example/a/t1'],
  );
});

test('100 kB of labels are cut, and how many are missing is said', () => {
  const long = `${'&"<'.repeat(700)}\n`.repeat(50);
  const names = Array.from({ length: 64 }, (_, index) => `${'"'.repeat(300)}${index}`);
  const annotations = Object.fromEntries(names.map((name) => [name, long]));
  const mail = renderMailText(createNotification({}, { annotations, labels: annotations }));
  assertSound(mail);
  assert.match(mail.text, /104 more not shown here/);
});

test('a long title gives way to urgency and label, and is never cut through a character', () => {
  for (const length of [99, 100, 101, 102]) {
    const title = `${'x'.repeat(length)}${'😀'.repeat(40)}`;
    const { subject } = renderMailText(createNotification({}, { title, is_test: true }));
    assert.ok(subject.length <= LIMITS.textSubjectCharsMax);
    assert.ok(subject.isWellFormed());
    assert.match(subject, /^\[Test\] Critical: x+(?:😀)*… \(Reminder 2\)$/u);
  }
});

test('a moment that cannot be, or an unknown language, still gives a mail', () => {
  const broken: readonly Partial<ChannelNotification>[] = [
    { createdAt: instant(Number.NaN) },
    { createdAt: instant(Number.POSITIVE_INFINITY) },
    JSON.parse('{"language":"tlh"}'),
    JSON.parse('{"payload":null,"actions":7,"recipient":null,"eventType":null}'),
    JSON.parse('{"payload":[1],"actions":{"seen":1},"language":null}'),
  ];
  for (const changes of broken) assertSound(renderMailText(createNotification(changes)));
});

test('when reading the payload fails altogether, a bare mail says that there is something', () => {
  const payload = {
    get alert(): never {
      throw new Error('broken');
    },
  };
  const mail = renderMailText(createNotification({ payload, language: 'it' }));
  assert.equal(mail.subject, 'Allarme alert.escalated');
  assert.equal(mail.text, 'Allarme alert.escalated\nal_7\nhttps://hub.example/a/t0\n');
  assertSound(mail);
});
