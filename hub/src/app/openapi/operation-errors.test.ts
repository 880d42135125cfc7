import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as alert from '#contract/alert.ts';
import type { Operation } from '#contract/api/operation.ts';
import { listErrorCodes } from './operation-errors.ts';

const READ: Operation = {
  id: 'showThing',
  method: 'GET',
  path: '/api/v1/thing',
  summary: 'Show a thing',
  access: 'read',
  answers: { 200: { says: 'It.' } },
};

function codesOf(more: Partial<Operation>): readonly string[] {
  return listErrorCodes({ ...READ, ...more });
}

describe('what an operation can be refused with', () => {
  test('a read: no key, not allowed, a fault of ours, a hub that is not ready', () => {
    const all = ['principal_missing', 'not_allowed', 'too_many_requests', 'internal', 'not_ready'];
    assert.deepEqual(codesOf({}), all);
  });

  test('a write cannot be stored', () => {
    assert.ok(codesOf({ method: 'POST' }).includes('not_stored'));
    assert.ok(!codesOf({ method: 'POST' }).includes('not_ready'));
  });

  test('what is for everybody and depends on nothing is never refused', () => {
    assert.deepEqual(codesOf({ access: 'public' }), []);
  });

  test('a link for everybody may be unknown', () => {
    const codes = codesOf({ access: 'public', path: '/a/{token}', errors: ['link_expired'] });
    assert.deepEqual(codes, ['bad_request', 'not_found', 'link_expired', 'internal', 'not_ready']);
  });

  test('a JSON body may be broken in many ways, a form only as a whole', () => {
    const json = codesOf({ method: 'POST', body: { schema: alert.noteBody } });
    for (const code of ['malformed_json', 'duplicate_key', 'invalid', 'body_too_large']) {
      assert.ok(json.includes(code), code);
    }
    const type = 'application/x-www-form-urlencoded';
    const form = codesOf({ method: 'POST', body: { schema: alert.noteBody, type } });
    assert.ok(form.includes('body_too_large'));
    assert.ok(!form.includes('malformed_json'));
  });

  test('a change by version meets a newer one', () => {
    assert.ok(codesOf({ method: 'PATCH', isVersioned: true }).includes('version_conflict'));
    assert.ok(!codesOf({ method: 'PATCH' }).includes('version_conflict'));
  });

  test('each once, in the order of the table of codes', () => {
    const errors = ['name_taken', 'not_found', 'not_found'];
    const codes = codesOf({ path: '/api/v1/thing/{id}', errors });
    assert.deepEqual(codes.slice(3, 5), ['not_found', 'name_taken']);
  });
});
