import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findMethods } from './methods.ts';

const ROUTES = [
  { method: 'GET', path: '/things' },
  { method: 'POST', path: '/things' },
  { method: 'PATCH', path: '/things/:id' },
  { method: 'POST', path: '/things/test' },
  { method: 'GET', path: '/' },
];

test('a path takes what its routes take, and a HEAD where there is a GET', () => {
  assert.deepEqual(findMethods(ROUTES, '/things'), ['GET', 'HEAD', 'POST']);
  assert.deepEqual(findMethods(ROUTES, '/'), ['GET', 'HEAD']);
});

test('a part to be filled in takes anything but nothing', () => {
  assert.deepEqual(findMethods(ROUTES, '/things/7%2f'), ['PATCH']);
  assert.equal(findMethods(ROUTES, '/things/'), null);
});

test('a path that is written out and one with parts are both counted', () => {
  assert.deepEqual(findMethods(ROUTES, '/things/test'), ['PATCH', 'POST']);
});

test('what is no path has no methods', () => {
  for (const path of ['', 'things', '/thing', '/things/1/2', '//', '/constructor']) {
    assert.equal(findMethods(ROUTES, path), null, path);
  }
});
