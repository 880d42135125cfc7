import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { instant } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import { LANGUAGES } from '#kernel/words/language.ts';
import { ALERT_STATUSES, INTENTS, OUTCOMES } from '#kernel/words/lifecycle.ts';
import { SEVERITIES } from '#kernel/words/severity.ts';
import { ACTION_PAGE_STYLE } from './action-page-style.ts';
import {
  type ActionPageAlert,
  type ActionPageView,
  type ActionResult,
  renderActionPage,
} from './action-page.ts';
import { readHtml, type Reading } from './html-reading.fixture.ts';
import { PHRASE_BOOK } from './phrases/phrase-book.ts';
import { ACTIONS } from './phrases/phrases.ts';

type AlertView = Extract<ActionPageView, { kind: 'alert' }>;

const AT = instant(1_772_590_560_000);

function createView(
  changes: Partial<AlertView> = {},
  alert: Partial<ActionPageAlert> = {},
): AlertView {
  return {
    kind: 'alert',
    language: 'en',
    recipient: 'Marc Weber',
    result: null,
    offered: ACTIONS,
    primary: 'seen',
    ...changes,
    alert: {
      title: 'Fall detected',
      severity: 'critical',
      status: 'DELIVERED',
      place: { areaId: 'Room 12', cameraId: '07', deviceId: null },
      sinceAt: AT,
      holder: null,
      isTest: false,
      ...alert,
    },
  };
}

function read(view: ActionPageView): Reading {
  return readHtml(renderActionPage(view));
}

function shown({ text }: Reading): string {
  return text.replace(/\s+/gu, ' ').trim();
}

function actionsOf({ elements }: Reading): readonly (string | undefined)[] {
  return elements
    .filter(({ attributes }) => attributes['name'] === 'action')
    .map(({ attributes }) => attributes['value']);
}

test('the page of a fall says what, where, since when and what a press does', () => {
  assert.equal(
    shown(read(createView())),
    'Critical · Fall detected Critical Fall detected Room 12 · camera 07 \
Since 2026-03-04 02:16 UTC Delivered, nobody has answered yet Can you take it? \
I saw it You take it, and the calls stop. \
I am calling You take it, and the others see that you are calling. \
I cannot: call the next one Someone else is called at once. \
It is resolved … What happened? Please choose Help was sent False alarm The problem is fixed \
Duplicate of another alert It was a test Note (not required) Record as resolved For Marc Weber',
  );
});

test('the answer that the link was for comes first and largest', () => {
  for (const primary of ACTIONS) {
    const page = read(createView({ primary }));
    const others = ACTIONS.filter((action) => action !== primary);
    assert.deepEqual(actionsOf(page), [primary, ...others]);
    const first = page.elements.find((each) => each.attributes['class']?.includes('first'));
    assert.equal(first?.attributes['value'], primary === 'resolve' ? undefined : primary);
  }
  assert.deepEqual(actionsOf(read(createView({ primary: null }))), ACTIONS);
});

test('only what is offered can be pressed', () => {
  assert.deepEqual(actionsOf(read(createView({ offered: [] }))), []);
  assert.deepEqual(actionsOf(read(createView({ offered: ['cannot'] }))), ['cannot']);
  const page = read(createView({ offered: ['resolve'], primary: 'seen' }));
  assert.deepEqual(actionsOf(page), ['resolve']);
});

test('the form of a resolve is folded away unless it was asked for or lacks its choice', () => {
  const isOpen = (view: ActionPageView): boolean =>
    read(view).elements.some((each) => each.name === 'details' && 'open' in each.attributes);
  assert.equal(isOpen(createView()), false);
  assert.equal(isOpen(createView({ primary: 'resolve' })), true);
  assert.equal(isOpen(createView({ result: { kind: 'outcome_missing' } })), true);
});

test('a resolve sends one of five outcomes and a bounded note', () => {
  const { elements } = read(createView());
  const options = elements.filter(({ name }) => name === 'option');
  assert.deepEqual(
    options.map((each) => each.attributes['value']),
    ['', 'help_sent', 'false_alarm', 'fixed', 'duplicate', 'test'],
  );
  const select = elements.find(({ name }) => name === 'select');
  assert.deepEqual(select?.attributes, { name: 'outcome', required: '' });
  const note = elements.find(({ name }) => name === 'textarea');
  assert.equal(note?.attributes['maxlength'], String(LIMITS.linkDetailCharsMax));
});

test('every form posts to the address of the page itself', () => {
  const forms = read(createView()).elements.filter(({ name }) => name === 'form');
  assert.equal(forms.length, 4);
  for (const { attributes } of forms) assert.deepEqual(attributes, { method: 'post' });
});

const TIME = '2026-03-04 02:16 UTC';

const RESULTS: readonly (readonly [ActionResult, string])[] = [
  [
    { kind: 'recorded', action: 'seen', at: AT },
    `You have it. Thank you. Recorded at ${TIME}: you saw it. The calls have stopped.`,
  ],
  [
    { kind: 'recorded', action: 'calling', at: AT },
    `You have it. Thank you. Recorded at ${TIME}: you are calling. The other calls have stopped.`,
  ],
  [
    { kind: 'resolved', outcome: 'false_alarm', at: AT },
    `Resolved. Thank you. Recorded at ${TIME}: False alarm.`,
  ],
  [
    { kind: 'already_acknowledged', by: 'Anna', at: AT },
    `Anna already has it Anna acknowledged this alert at ${TIME}. Your answer is noted as well.`,
  ],
  [
    { kind: 'already_resolved', at: AT },
    `Already resolved This alert was resolved at ${TIME}. There is nothing more to do.`,
  ],
  [
    { kind: 'expired_closed' },
    'Noted and closed The time to answer had run out. \
Your answer is noted, and the alert is closed.',
  ],
  [{ kind: 'calling_next', name: 'Anna' }, 'Recorded: you cannot Anna is being called now.'],
  [
    { kind: 'calling_next', name: null },
    'Recorded: you cannot The next person is being called now.',
  ],
  [{ kind: 'nobody_next' }, 'Recorded, but nobody else is left The alert stays open.'],
  [{ kind: 'outcome_missing' }, 'Not recorded yet Please choose what happened'],
  [{ kind: 'not_recorded' }, 'NOT recorded Something went wrong on our side.'],
];

for (const [result, sentence] of RESULTS) {
  const name = `${result.kind}${'action' in result ? ` ${result.action}` : ''}`;
  test(`after an answer, ${name}: the page says so before all else`, () => {
    const page = shown(read(createView({ result })));
    assert.ok(page.startsWith(`Critical · Fall detected ${sentence}`), page);
    assert.ok(!page.includes('Can you take it?'));
  });
}

test('whoever has it is named, with what he does and since when', () => {
  const sentence = (intent: (typeof INTENTS)[number]): string =>
    shown(
      read(createView({}, { status: 'ACKNOWLEDGED', holder: { name: 'Anna', intent, at: AT } })),
    );
  assert.match(sentence('calling'), /Anna has been calling since 2026-03-04 02:16 UTC\./);
  assert.match(sentence('seen'), /Anna has had it since/);
  assert.match(sentence('on_site'), /Anna has been on site since/);
});

test('a test is marked as one', () => {
  assert.match(shown(read(createView({}, { isTest: true }))), /This is a test\./);
  assert.doesNotMatch(shown(read(createView())), /This is a test\./);
});

test('a dead link shows nothing of any alert and offers nothing', () => {
  for (const language of LANGUAGES) {
    const expired = read({ kind: 'dead', language, reason: 'link_expired' });
    const unknown = read({ kind: 'dead', language, reason: 'link_unknown' });
    const { page } = PHRASE_BOOK[language];
    for (const [reading, notice] of [
      [expired, page.linkExpired],
      [unknown, page.linkUnknown],
    ] as const) {
      const said = [notice.heading, notice.heading, notice.text].join(' ');
      assert.equal(shown(reading), said.replaceAll('\u00a0', ' '));
      assert.ok(!reading.elements.some(({ name }) => name === 'form' || name === 'button'));
    }
  }
});

test('severities differ in shape and word, not in colour alone', () => {
  const shapes = SEVERITIES.map((severity) => {
    const { elements } = read(createView({}, { severity }));
    const shape = elements.find(({ name }) => name === 'path' || name === 'circle');
    return shape?.attributes['d'] ?? 'circle';
  });
  assert.equal(new Set(shapes.slice(0, 4)).size, 4);
});

test('the style stands in the page to the byte, alone, and nothing is styled elsewhere', () => {
  const html = renderActionPage(createView());
  assert.equal(html.split('<style>')[1]?.split('</style>')[0], ACTION_PAGE_STYLE);
  assert.equal(html.split('<style').length, 2);
  assert.doesNotMatch(ACTION_PAGE_STYLE, /[<&]|url\(|@import/);
  for (const { name, attributes } of readHtml(html).elements) {
    assert.ok(!['script', 'link', 'img', 'iframe', 'a', 'base'].includes(name), name);
    for (const attribute of Object.keys(attributes)) {
      assert.doesNotMatch(attribute, /^(?:style|src|href|action|on\w+)$/);
    }
  }
});

test('every choice and note has a label, the page a language and one first heading', () => {
  for (const language of LANGUAGES) {
    const { elements } = read(createView({ language, result: { kind: 'not_recorded' } }));
    const count = (name: string): number => elements.filter((each) => each.name === name).length;
    assert.equal(count('label'), count('select') + count('textarea'));
    assert.equal(count('h1'), 1);
    assert.equal(elements.find(({ name }) => name === 'html')?.attributes['lang'], language);
    assert.ok(elements.some(({ attributes }) => attributes['role'] === 'alert'));
  }
});

const HOSTILE = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 4_000 }),
  fc.constantFrom('"'.repeat(4_000), '<'.repeat(4_000), '報'.repeat(4_000), '</style><script>'),
);

const VIEW: fc.Arbitrary<AlertView> = fc
  .record({
    language: fc.constantFrom(...LANGUAGES),
    text: HOSTILE,
    severity: fc.constantFrom(...SEVERITIES),
    status: fc.constantFrom(...ALERT_STATUSES),
    intent: fc.constantFrom(...INTENTS),
    result: fc.constantFrom(...RESULTS.map(([result]) => result), null),
    outcome: fc.constantFrom(...OUTCOMES),
    offered: fc.subarray([...ACTIONS]),
    primary: fc.constantFrom(...ACTIONS, null),
  })
  .map(({ language, text, severity, status, intent, result, outcome, offered, primary }) =>
    createView(
      { language, recipient: text, offered, primary, result: fill(result, text, outcome) },
      {
        title: text,
        severity,
        status,
        place: { areaId: text, cameraId: text, deviceId: text },
        holder: { name: text, intent, at: AT },
        isTest: true,
      },
    ),
  );

function fill(
  result: ActionResult | null,
  name: string,
  outcome: (typeof OUTCOMES)[number],
): ActionResult | null {
  if (result?.kind === 'already_acknowledged') return { ...result, by: name };
  if (result?.kind === 'calling_next') return { ...result, name };
  return result?.kind === 'resolved' ? { ...result, outcome } : result;
}

test('property: whatever comes from outside, the page is sound, escaped and bounded', () => {
  fc.assert(
    fc.property(VIEW, (view) => {
      const html = renderActionPage(view);
      assert.ok(html.isWellFormed());
      assert.ok(Buffer.byteLength(html) <= LIMITS.actionPageBytesMax);
      const { elements } = readHtml(html);
      assert.ok(!elements.some(({ name }) => name === 'script' || name === 'style'));
    }),
  );
});

test('the longest page stays within its bound, in every language and after every answer', () => {
  for (const worst of ['"', '報', '&', '😀']) {
    const text = worst.repeat(4_000);
    for (const language of LANGUAGES) {
      for (const [result] of [...RESULTS, [null]] as const) {
        const view = createView(
          {
            language,
            recipient: text,
            result: result === null ? null : fill(result, text, 'fixed'),
          },
          {
            title: text,
            status: 'ACKNOWLEDGED',
            place: { areaId: text, cameraId: text, deviceId: text },
            holder: { name: text, intent: 'on_site', at: AT },
            isTest: true,
          },
        );
        const bytes = Buffer.byteLength(renderActionPage(view));
        assert.ok(bytes <= LIMITS.actionPageBytesMax, `${language}: ${bytes}`);
      }
    }
  }
});
