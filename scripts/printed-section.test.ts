import assert from 'node:assert/strict';
import { test } from 'node:test';
import { replaceSection } from './printed-section.ts';

const PAGE = '# A\n<!-- b:start -->\nold\n<!-- b:end -->\nrest\n';

test('what stands between the markers is replaced, the rest of the page stays', () => {
  const printed = replaceSection(PAGE, 'b', '\nnew\n');
  assert.deepEqual(printed, {
    ok: true,
    page: '# A\n<!-- b:start -->\nnew\n<!-- b:end -->\nrest\n',
  });
});

test('printing twice changes nothing', () => {
  const once = replaceSection(PAGE, 'b', 'new');
  assert.ok(once.ok);
  assert.deepEqual(replaceSection(once.page, 'b', 'new'), once);
});

test('a page without both markers in order is refused', () => {
  for (const page of ['', '<!-- b:start -->', '<!-- b:end --><!-- b:start -->']) {
    assert.equal(replaceSection(page, 'b', 'new').ok, false);
  }
});
