import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as z from 'zod/mini';
import { resourceOperations } from './resource.ts';

const thing = z.strictObject({ name: z.string() });
const BASE = { path: '/api/v1/work-orders', noun: 'WorkOrder', nouns: 'WorkOrders' } as const;

function lines(operations: ReturnType<typeof resourceOperations>): readonly string[] {
  return operations.map(({ id, method, path, access }) => `${id} ${method} ${path} ${access}`);
}

describe('the operations of a resource', () => {
  test('read for those who may read, write for administrators', () => {
    const all = resourceOperations({
      ...BASE,
      answer: thing,
      create: { body: thing },
      patch: { body: thing },
      remove: {},
    });
    assert.deepEqual(lines(all), [
      'listWorkOrders GET /api/v1/work-orders read',
      'showWorkOrder GET /api/v1/work-orders/{id} read',
      'createWorkOrder POST /api/v1/work-orders administer',
      'changeWorkOrder PATCH /api/v1/work-orders/{id} administer',
      'removeWorkOrder DELETE /api/v1/work-orders/{id} administer',
    ]);
    assert.deepEqual(
      all.map(({ summary }) => summary),
      [
        'List work orders, the newest first',
        'Show one of the work orders',
        'Create a work order',
        'Change a work order; what is left out stays',
        'Remove a work order',
      ],
    );
  });

  test('leave out what cannot be changed or removed', () => {
    const all = resourceOperations({ ...BASE, answer: thing, create: { body: thing } });
    assert.deepEqual(
      all.map(({ method }) => method),
      ['GET', 'GET', 'POST'],
    );
  });

  test('take what differs: another answer to a POST, who may, codes, notes', () => {
    const created = z.extend(thing, { key: z.string() });
    const all = resourceOperations({
      ...BASE,
      noun: 'Operator',
      answer: thing,
      create: { body: thing, answer: created, access: 'administer_hub', notes: 'Once.' },
      remove: { errors: ['built_in'] },
    });
    const [, , create, remove] = all;
    assert.equal(create?.summary, 'Create an operator');
    assert.equal(create?.answers[201]?.schema, created);
    assert.deepEqual([create?.access, create?.notes], ['administer_hub', 'Once.']);
    assert.deepEqual(create?.errors, ['name_taken', 'not_found']);
    assert.deepEqual(remove?.errors, ['built_in']);
    assert.deepEqual(remove?.answers, { 204: { says: 'It is gone.' } });
  });

  test('a change takes the version that was read', () => {
    const all = resourceOperations({
      ...BASE,
      answer: thing,
      create: { body: thing },
      patch: { body: thing },
    });
    assert.equal(all.find(({ method }) => method === 'PATCH')?.isVersioned, true);
  });
});
