/** A text to the end: rounds, what is remembered, what is inside of what. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LIMITS } from '#kernel/limits.ts';
import { createMaskNames } from '#redaction/mask.ts';
import { BASE_POLICY } from '#redaction/policy.ts';
import { compileRules } from '#redaction/rules.ts';
import type { Context } from '#redaction/structure/key.ts';
import { createTally } from './hit.ts';
import { redactText, type TextDeps } from './redact-text.ts';

function createDeps(inner: TextDeps['redactInner'] = () => null): TextDeps {
  return {
    scope: compileRules({ ...BASE_POLICY }),
    masking: { nameMask: createMaskNames('key'), tally: createTally() },
    redactInner: inner,
  };
}

function redact(text: string, context: Context = 'text', deps = createDeps()): string {
  return redactText(text, { context, depth: 0 }, deps).replace(/#[a-z2-7]{8}\]/g, ']');
}

describe('what was clean is remembered', () => {
  it('when it is short and had to be looked at', () => {
    const deps = createDeps();
    const { clean } = deps.scope;
    assert.equal(redact('instance=10.0.0.5:9100', 'text', deps), 'instance=10.0.0.5:9100');
    assert.ok(clean.has('instance=10.0.0.5:9100'));
    redact('critical', 'text', deps);
    redact('x: y, '.repeat(LIMITS.cleanTextCharsMax), 'text', deps);
    assert.equal(clean.size, 1);
  });

  it('but never a secret, nor what is only clean in an id', () => {
    const deps = createDeps();
    redact('mail anna@example.org', 'text', deps);
    redact('13812345678', 'id', deps);
    assert.equal(deps.scope.clean.size, 0);
    assert.equal(redact('13812345678', 'text', deps), '[PHONE]');
  });

  it('up to a bound', () => {
    const deps = createDeps();
    for (let at = 0; at < LIMITS.cleanTextsMax + 10; at += 1) redact(`a=${at}`, 'text', deps);
    assert.ok(deps.scope.clean.size <= LIMITS.cleanTextsMax);
    assert.equal(deps.masking.tally.total, 0);
  });
});

describe('what surrounds a text', () => {
  it('says what is looked for in it', () => {
    const text = 'anna@example.org 13812345678 8.8.4.4 AKIAIOSFODNN7EXAMPLE';
    assert.equal(redact(text), '[EMAIL] [PHONE] [IPV4] [AWS_KEY_ID]');
    assert.equal(redact(text, 'id'), '[EMAIL] 13812345678 [IPV4] [AWS_KEY_ID]');
    assert.equal(redact(text, 'version'), '[EMAIL] [PHONE] 8.8.4.4 [AWS_KEY_ID]');
    const kept = 'anna@example.org 13812345678';
    assert.equal(redact(text, 'message_id'), '[EMAIL] [PHONE] [IPV4] [AWS_KEY_ID]');
    for (const ids of ['<anna@example.org>', '<a@b.example> <c.d@e.example>', '1a@example.org']) {
      assert.equal(redact(ids, 'message_id'), ids);
    }
    assert.equal(redact('anna@example.org', 'message_id'), '[EMAIL]');
    assert.equal(redact(text, 'secrets_only'), `${kept} 8.8.4.4 [AWS_KEY_ID]`);
  });
});

describe('a text within a text', () => {
  it('is given to whoever reads JSON, with its depth', () => {
    const seen: (readonly [string, number])[] = [];
    const deps = createDeps((text, depth) => {
      seen.push([text, depth]);
      return null;
    });
    redact('{"a":1}', 'text', deps);
    assert.deepEqual(seen, [['{"a":1}', 1]]);
  });

  it('is read when it is percent-encoded, several times over', () => {
    assert.equal(redact('x=a%40b.example'), 'x=[EMAIL]');
    assert.equal(redact('x=a%2540b.example'), 'x=[EMAIL]');
    const url = 'https://x.example/?next=https%3A%2F%2Fu%3Apw%40y.example%2F';
    assert.equal(
      redact(url),
      'https://x.example/?next=https%3A%2F%2F[URL_CREDENTIALS]%40y.example%2F',
    );
  });

  it('is not read any more from a depth on', () => {
    let text = 'a@b.example';
    for (let depth = 0; depth <= LIMITS.redactionDepthMax + 1; depth += 1) {
      text = encodeURIComponent(text);
    }
    assert.equal(redact(`x=${text}`), `x=${text}`);
  });
});

describe('a text with nothing in it', () => {
  it('is the very same text', () => {
    for (const text of ['', ' ', 'critical', '跌倒告警', 'a'.repeat(100_000), '🙂', '\ud800']) {
      assert.equal(redact(text), text);
    }
  });
});

describe('text of full width', () => {
  it('is masked in its place, and the rest stays as it was written', () => {
    assert.equal(redact('电话：１３８１２３４５６７８，谢谢！'), '电话：[PHONE]，谢谢！');
    assert.equal(redact('密码：ｈｕｎｔｅｒ２'), '密码：[SECRET_FIELD]');
    assert.equal(redact('邮箱：ａｎｎａ＠ｅｘａｍｐｌｅ．ｏｒｇ'), '邮箱：[EMAIL]');
    assert.equal(redact('card 4111\u00a01111\u00a01111\u00a01111'), 'card [CREDIT_CARD]');
    assert.equal(redact('tel 010\u201312345678'), 'tel [PHONE]');
  });
});
