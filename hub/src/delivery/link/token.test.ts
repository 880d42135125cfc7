import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createHmacSha256, decodeBase64Url, encodeBase64Url } from '#kernel/crypto.ts';
import { notificationId } from '#kernel/id.ts';
import { instant, MS_PER_SECOND } from '#kernel/instant.ts';
import { type Link, LINK_PURPOSES, parseLinkToken, renderLinkToken } from './token.ts';

const sign = createHmacSha256('a key for links');

const links: fc.Arbitrary<Link> = fc.record({
  purpose: fc.constantFrom(...LINK_PURPOSES),
  linkNo: fc.integer({ min: 1, max: 2 ** 47 }),
  notificationId: fc.uuid().map(notificationId),
  expiresAt: fc.integer({ min: 0, max: 2 ** 32 - 1 }).map((s) => instant(s * MS_PER_SECOND)),
});

test('property: a token says what it was made of, in at most 64 bytes', () => {
  fc.assert(
    fc.property(links, (link) => {
      const token = renderLinkToken(link, sign);
      assert.ok(token.length <= 64, token);
      assert.match(token, /^[A-Za-z0-9_-]+$/);
      assert.deepEqual(parseLinkToken(token, sign), { ...link });
    }),
  );
});

test('property: a token of which any bit was changed is none of ours', () => {
  fc.assert(
    fc.property(links, fc.nat({ max: 43 * 8 - 1 }), (link, bit) => {
      const bytes = decodeBase64Url(renderLinkToken(link, sign)) ?? new Uint8Array();
      const at = Math.floor(bit / 8);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << (bit % 8));
      assert.equal(parseLinkToken(encodeBase64Url(bytes), sign), null);
    }),
  );
});

test('property: what is not a token at all is refused and breaks nothing', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
      assert.equal(parseLinkToken(text, sign), null);
    }),
  );
  const [link] = fc.sample(links, 1);
  assert.ok(link !== undefined);
  const token = renderLinkToken(link, sign);
  for (const text of ['', `${token}A`, token.slice(1), ` ${token}`, `${token}=`]) {
    assert.equal(parseLinkToken(text, sign), null, text);
  }
});

test('a token under another key is none of ours', () => {
  const [link] = fc.sample(links, 1);
  assert.ok(link !== undefined);
  const token = renderLinkToken(link, createHmacSha256('another key'));
  assert.equal(parseLinkToken(token, sign), null);
});
