import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LIMITS } from '#kernel/limits.ts';
import type { JsonObject, JsonValue } from '#kernel/syntax/json.ts';
import { createScope, isTemplate, parseTemplate } from './template.ts';
import { createWork, type Work } from './work.ts';

type How = { readonly body?: JsonValue; readonly isStrict?: boolean; readonly work?: Work };

function fill(text: string, item: JsonObject, how: How = {}): string | null {
  const reading = parseTemplate(text);
  assert.ok(reading.ok, `${text}: ${reading.ok ? '' : reading.message}`);
  const work = how.work ?? createWork();
  const scope = createScope(item, how.body ?? item, work);
  return reading.template.render(scope, { isStrict: how.isStrict ?? false });
}

function faultOf(text: string): string {
  const reading = parseTemplate(text);
  return reading.ok ? '' : reading.message;
}

const BODY = {
  host: 'web1',
  level: 5,
  up: false,
  none: null,
  check: { name: 'disk', tags: ['a', 'b'], 'full name': 'Disk of web1' },
  'check-id': 'c7',
};

describe('a template', () => {
  test('fills in what the body has, at any depth', () => {
    assert.equal(fill('{{ host }}: {{ check.name }}', BODY), 'web1: disk');
    assert.equal(fill('{{ check["full name"] }}', BODY), 'Disk of web1');
    assert.equal(fill('{{ check-id }} {{ check.tags[1] }}', BODY), 'c7 b');
    assert.equal(fill('{{ level }} {{ up }}', BODY), '5 false');
    assert.equal(fill('{{ check.tags.size }} {{ check.tags.last }}', BODY), '2 b');
    assert.equal(fill('{{ check.tags }}', BODY), '["a","b"]');
  });

  test('leaves empty what is not there', () => {
    assert.equal(
      fill('[{{ nope }}|{{ none }}|{{ check.nope.deeper }}{{ up }}]', BODY),
      '[||false]',
    );
  });

  test('of which the body has nothing has no value, unless it has a default', () => {
    assert.equal(fill('{{ nope }} is down: {{ check.nope }}', BODY), null);
    assert.equal(fill('{{ nope | default: "It" }} is down', BODY), 'It is down');
    assert.equal(fill('{{ none }}', BODY), null);
  });

  test('that is strict has no value when a name is missing, unless it has a default', () => {
    assert.equal(fill('{{ host }}/{{ nope }}', BODY, { isStrict: true }), null);
    assert.equal(fill('{{ host }}/{{ check.nope }}', BODY, { isStrict: true }), null);
    const defaulted = '{{ host }}/{{ nope | default: "-" }}';
    assert.equal(fill(defaulted, BODY, { isStrict: true }), 'web1/-');
  });

  test('reads the whole body as root, unless the item has a field of that name', () => {
    const body = { site: 'Milan', alerts: [{ host: 'a' }] };
    assert.equal(fill('{{ root.site }} {{ host }}', { host: 'a' }, { body }), 'Milan a');
    assert.equal(fill('{{ root }}', { root: 'mine' }, { body }), 'mine');
  });

  test('has the filters that LiquidJS has, with the same meaning', () => {
    const item = {
      s: '  Ab c ',
      n: 7,
      list: ['x', 'y', 'z'],
      word: 'hELLO',
      none: null,
      csv: 'a,b',
      d: 2.345,
      e: 2.6,
    };
    const expected: readonly (readonly [string, string])[] = [
      ['s | strip | upcase', 'AB C'],
      ['s | strip | downcase', 'ab c'],
      ['word | capitalize', 'Hello'],
      ['word | append: "!" | prepend: ">"', '>hELLO!'],
      ['word | replace: "L", "l"', 'hEllO'],
      ['word | remove: "L"', 'hEO'],
      ['word | truncate: 4', 'h...'],
      ['word | truncate: 4, "…"', 'hEL…'],
      ['word | truncate', 'hELLO'],
      ['word | slice: 1, 3', 'ELL'],
      ['word | slice: -2, 2', 'LO'],
      ['word | size', '5'],
      ['list | join: ", "', 'x, y, z'],
      ['list | first', 'x'],
      ['list | last', 'z'],
      ['list | size', '3'],
      ['csv | split: "," | last', 'b'],
      ['n | plus: 1 | minus: 2 | times: 3 | divided_by: 4', '4.5'],
      ['d | round: 2', '2.35'],
      ['e | round', '3'],
      ['list | json', '["x","y","z"]'],
      ['none | default: "d"', 'd'],
      ['nope | default: "d"', 'd'],
      ['n | default: "d"', '7'],
    ];
    for (const [text, filled] of expected) assert.equal(fill(`{{ ${text} }}`, item), filled, text);
  });

  test('that calculates with what is no number is empty, not NaN', () => {
    assert.equal(
      fill('[{{ a | plus: 1 }}{{ 1 | divided_by: 0 }}{{ a | round }}]', { a: 'x' }),
      '[]',
    );
  });

  test('never reads what JavaScript adds', () => {
    const names = ['constructor', '__proto__', 'toString', 'valueOf', 'liquidMethodMissing'];
    for (const name of names) {
      for (const text of [`{{ ${name} }}`, `{{ check.${name} }}`, `{{ check["${name}"].name }}`]) {
        const filled = fill(text, BODY) ?? '';
        assert.doesNotMatch(filled, /function|class|=>|\[object/, text);
      }
    }
    assert.equal(fill('{{ __proto__ }}', { ['__proto__']: 'own' }), 'own');
  });

  test('is refused with what it may not hold, and told what there is', () => {
    assert.match(faultOf('{% for x in list %}{{ x }}{% endfor %}'), /no \{% tags %\}/);
    assert.match(faultOf('{% include "/etc/passwd" %}'), /no \{% tags %\}/);
    assert.match(faultOf('{% raw %}'), /no \{% tags %\}/);
    assert.match(faultOf('{{ a | date: "%s" }}'), /no filter date; there are append, /);
    assert.match(faultOf('{{ a'), /not closed/);
    assert.match(faultOf('{{ }}'), /cannot be read/);
    assert.match(faultOf('{{ a == 1 }}'), /cannot be read/);
  });

  test('is what has braces', () => {
    assert.ok(isTemplate('a {{ b }}') && isTemplate('{% if %}'));
    assert.ok(!isTemplate('a { b }') && !isTemplate('/a'));
  });
});

/** As many filters as a template has room for. */
function chainOf(filter: string, name = 'a'): string {
  const room = LIMITS.mappingTextCharsMax - name.length - 8;
  return `{{ ${name}${filter.repeat(Math.floor(room / filter.length))} }}`;
}

describe('a template that somebody wrote to break the hub', () => {
  const long = 'a'.repeat(4 * 1024 * 1024);

  test('never makes a text longer than its parts may be', () => {
    const chains = [
      chainOf('|append:a'),
      chainOf('|prepend:a'),
      chainOf('|replace:"a",a'),
      chainOf('|split:""|join:a'),
      chainOf('|json'),
      chainOf('|upcase'),
    ];
    for (const text of chains) {
      const filled = fill(text, { a: long });
      assert.ok((filled ?? '').length <= LIMITS.templateTextCharsMax, text.slice(0, 30));
    }
    const many = fill('{{a}}'.repeat(LIMITS.mappingTextCharsMax / 5), { a: long }) ?? '';
    assert.ok(many.length <= (LIMITS.templateTextCharsMax * LIMITS.mappingTextCharsMax) / 5);
  });

  test('looks for short patterns only', () => {
    const pattern = `${'a'.repeat(63)}b`;
    assert.equal(fill('{{ t | remove: p }}', { t: `x${pattern}c`, p: `${pattern}c` }), 'xc');
  });

  test('makes no long range, and a list of a bounded number of entries', () => {
    assert.equal(fill('{{ (1..100000000) }}', {}), null);
    const list = Array.from({ length: 50_000 }, () => 'x');
    const count = fill('{{ list | size }} {{ text | split: "," | size }}', {
      list,
      text: 'x,'.repeat(8_000),
    });
    assert.equal(count, `${LIMITS.templateListMax} ${LIMITS.templateListMax}`);
  });

  test('costs an amount that is bounded for all of a request, and then has no value', () => {
    const work = createWork(10_000);
    const item = { a: 'a'.repeat(900) };
    const filled = Array.from({ length: 20 }, () => fill('{{ a | upcase }}', item, { work }));
    assert.equal(filled[0], 'A'.repeat(900));
    assert.equal(filled.at(-1), null);
    assert.ok(filled.filter((text) => text !== null).length <= 10_000 / 2_700);
    assert.ok(work.isExceeded());
  });

  test('does not walk through a large object for its size, and writes it once', () => {
    const entries = Array.from({ length: 20_000 }, (_, index) => [`k${index}`, index] as const);
    const item = { big: Object.fromEntries(entries) };
    const work = createWork();
    assert.equal(fill('[{{ big.size }}{{ big.first }}{{ big.k1 }}]', item, { work }), '[1]');
    const [one, other] = [fill('{{ big }}', item, { work }), fill('{{ big }}', item, { work })];
    assert.equal(one?.length, LIMITS.templateTextCharsMax);
    assert.equal(other, one);
    assert.ok(!work.isExceeded());
  });
});
