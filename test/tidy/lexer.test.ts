import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lexSql, lexTypeScript } from './lexer.ts';

function codeOf(source: string): string {
  const { code } = lexTypeScript(source);
  assert.equal(code.length, source.length, 'offsets in the code are offsets in the file');
  return code;
}

test('strings are blanked, their quotes stay, and escapes do not end them', () => {
  assert.equal(codeOf(`a('it\\'s', "b")`), `a('     ', " ")`);
  assert.deepEqual(
    lexTypeScript(`a('x', "y")`).literals.map(({ text }) => text),
    ['x', 'y'],
  );
});

test('comments are blanked and kept apart, line by line', () => {
  const { code, comments } = lexTypeScript('a; // b\n/* c\n d */ e;');
  assert.equal(code, 'a;     \n    \n      e;');
  assert.deepEqual(
    comments.map(({ text }) => text),
    ['// b', '/* c\n d */'],
  );
});

test('text of a template is blanked, the code in its holes is not', () => {
  const source = '`now() ${clock.now({ a: `x${y}` })} }`; z';
  assert.equal(codeOf(source), '`       (clock.now({ a: `  (y)` }))  `; z');
  assert.deepEqual(
    lexTypeScript(source).literals.map(({ text }) => text),
    ['x ', 'now()   }'],
  );
});

test('a slash is a regular expression or a division by what stands before it', () => {
  assert.equal(codeOf("const a = /'[/]'/g;"), 'const a = /     /g;');
  assert.equal(codeOf("a = b / c; d = 'x' / 2"), "a = b / c; d = ' ' / 2");
  assert.equal(codeOf('return /x"/.test(a)'), 'return /  /.test(a)');
  assert.equal(codeOf('f(a) / g(b) / 2'), 'f(a) / g(b) / 2');
  assert.equal(codeOf('<b>{a}</b>'), '<b>{a}</b>');
});

test('a quote that is never closed spoils its own line only', () => {
  assert.equal(codeOf("don't\nb('c')"), "don' \nb(' ')");
});

test('SQL loses its comments and quoted text', () => {
  const { code } = lexSql("create table a (b text default 'now()'); -- now()\n/* x */ select 1");
  assert.equal(code, "create table a (b text default '     ');         \n        select 1");
});
