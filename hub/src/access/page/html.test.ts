import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { html, trustHtml } from './html.ts';

test('what is put in is text, whatever stands in it', () => {
  const hostile = `"><script>alert('&')</script>`;
  const page = html`<p title="${hostile}">${hostile}</p>`.text;
  const escaped = '&#34;&gt;&lt;script&gt;alert(&#39;&amp;&#39;)&lt;/script&gt;';
  assert.equal(page, `<p title="${escaped}">${escaped}</p>`);
});

test('no text gets out of where it was put', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const { text: page } = html`<a b="${text}">${text}</a>`;
      assert.equal(page.match(/[<>]/g)?.length, 4);
      assert.equal(page.match(/"/g)?.length, 2);
    }),
  );
});

test('what is HTML already stays so, alone and in a list', () => {
  const items = ['a', '<b>'].map((one) => html`<li>${one}</li>`);
  assert.equal(html`<ul>${items}</ul>`.text, '<ul><li>a</li><li>&lt;b&gt;</li></ul>');
  assert.equal(html`${trustHtml('<svg/>')}`.text, '<svg/>');
  assert.equal(html`a${null}b${7}`.text, 'ab7');
});
