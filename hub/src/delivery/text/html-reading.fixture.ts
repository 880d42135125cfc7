/** Reads HTML as strictly as we write it: any tag, attribute or text that is not ours fails. */
import assert from 'node:assert/strict';

export type Element = {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
};
export type Reading = { readonly elements: readonly Element[]; readonly text: string };

const VOID = new Set(['meta', 'br', 'input', 'path', 'circle']);
const TAG = /<(\/?)([a-z][a-z0-9]*)((?: [a-zA-Z-]+(?:="[^"<>]*")?|\n [a-z-]+="[^"<>]*")*)\/?>/y;
const ATTRIBUTE = /([a-zA-Z-]+)(?:="([^"<>]*)")?/g;

export function readHtml(html: string): Reading {
  assert.ok(html.startsWith('<!DOCTYPE html>'), 'begins with the doctype');
  const body = html.slice('<!DOCTYPE html>'.length).replace(/<style>[^<]*<\/style>/, '');
  const elements: Element[] = [];
  const open: string[] = [];
  let text = '';
  let at = 0;
  while (at < body.length) {
    const next = body.indexOf('<', at);
    const run = body.slice(at, next === -1 ? body.length : next);
    assert.doesNotMatch(run, />/, 'a > in text is escaped');
    assert.doesNotMatch(run, /&(?!amp;|lt;|gt;|#34;|#39;)/, 'an & in text is escaped');
    text += run;
    if (next === -1) break;
    TAG.lastIndex = next;
    const match = TAG.exec(body);
    assert.ok(match !== null, `not a tag of ours: ${body.slice(next, next + 60)}`);
    const [whole, slash, name = '', attributes = ''] = match;
    if (slash === '/') assert.equal(open.pop(), name, 'closed in the order of opening');
    else {
      elements.push({ name, attributes: readAttributes(attributes) });
      if (!VOID.has(name)) open.push(name);
    }
    at = next + whole.length;
  }
  assert.deepEqual(open, [], 'all is closed');
  return { elements, text: unescape(text) };
}

function readAttributes(text: string): Record<string, string> {
  const found = [...text.matchAll(ATTRIBUTE)];
  return Object.fromEntries(found.map(([, name = '', value = '']) => [name, unescape(value)]));
}

function unescape(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&#34;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');
}
