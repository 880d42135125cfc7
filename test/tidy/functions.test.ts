import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findFunctions } from './functions.ts';
import { lexTypeScript } from './lexer.ts';

/** `name/parameters` of every function found, in the order of their parameter lists. */
function namesIn(source: string): readonly string[] {
  const found = [...findFunctions(lexTypeScript(source).code)].toSorted(
    (a, b) => a.start - b.start,
  );
  return found.map(({ name, parameterCount }) => `${name}/${parameterCount}`);
}

test('declarations are found, with generics, defaults and trailing commas', () => {
  assert.deepEqual(namesIn('function a() {}'), ['a/0']);
  assert.deepEqual(namesIn('export async function* b<T>(x: Map<T, T>, y = [1, 2],) {}'), ['b/2']);
  assert.deepEqual(namesIn('function c({ d, e }: F, [g, h]: I, j: (k: L, m: N) => O) {}'), [
    'c/3',
    'j/2',
  ]);
  assert.deepEqual(namesIn('function p(this: Q, r: S) {}'), ['p/1']);
});

test('a return type that holds braces is not taken for the body', () => {
  const source = 'function a(b: C): { d: E } | { f: G } { return h; } const i = 1;';
  const [found] = findFunctions(source);
  assert.equal(source.slice(found?.start, (found?.end ?? 0) + 1), source.slice(0, 51));
  assert.deepEqual(namesIn('function j(k: L): k is { m: N } {}'), ['j/1']);
  assert.deepEqual(namesIn("function o(): Promise<{ p: 'q' }> {}"), ['o/0']);
  assert.deepEqual(namesIn('function r(s: T): asserts s is U {}'), ['r/1']);
});

test('overloads and declared functions without a body are passed over', () => {
  assert.deepEqual(namesIn('function a(b: C): D;\nfunction a(b: E): D {}'), ['a/1']);
});

test('arrows take the name of what they are assigned to', () => {
  assert.deepEqual(namesIn('const a = async (b: C): Promise<D> => e;'), ['a/1']);
  assert.deepEqual(namesIn('const f: G = (h, i) => { return j; };'), ['f/2']);
  assert.deepEqual(namesIn('const k = { l: (m) => n, o(p, q) { return r; } };'), ['l/1', 'o/2']);
});

test('a callback knows who calls it', () => {
  const [found] = findFunctions("describe('      ', () => { a(); });");
  assert.equal(found?.name, '');
  assert.equal(found?.calledBy, 'describe');
  const [titled] = findFunctions('describe(` (kind)  `, { b: c(d) }, async () => {});').slice(-1);
  assert.equal(titled?.calledBy, 'describe');
});

test('control flow and plain calls are no functions', () => {
  assert.deepEqual(namesIn('if (a) { b(c); } for (const d of e) {} switch (f) { }'), []);
  assert.deepEqual(namesIn('while (a(b, c, d, e)) { } try { } catch (error) { }'), []);
});

test('methods are found with their modifiers', () => {
  const source = 'class A { async b(c: D): Promise<void> { } static e<F>(g: F) { } get h() { } }';
  assert.deepEqual(namesIn(source), ['b/1', 'e/1', 'h/0']);
});

test('the body of an expression arrow ends with the expression', () => {
  const source = 'a((b) => c(d, e), f);';
  const [found] = findFunctions(source);
  assert.equal(source.slice(found?.start, (found?.end ?? 0) + 1), '(b) => c(d, e)');
});
