/**
 * One hub for all tests of a `describe`, so that a sentence of the design can have a small test of
 * its own. After each test whatever is still open is resolved; the clock goes on from where it is.
 * Danger: tests see each other's alerts and settings. They look at their own alert alone, and give
 * what they configure names and paths of its own, or a project.
 */
import { after, afterEach, before } from 'node:test';
import { startTestHub, type TestHub } from '#test/support/hub.ts';
import { listItems, textOf } from './calls.ts';
import type { TestHubOptions } from './nodes.ts';

export function shareTestHub(options: TestHubOptions = {}): () => TestHub {
  const endings: (() => Promise<void>)[] = [];
  let shared: TestHub | null = null;
  const current = (): TestHub => {
    if (shared === null) throw new Error('the hub of a describe starts before its first test');
    return shared;
  };
  before(async () => {
    shared = await startTestHub({ after: (end) => void endings.push(end) }, options);
  });
  afterEach(() => resolveAll(current()));
  after(async () => {
    for (const end of endings) await end();
  });
  return current;
}

async function resolveAll(hub: TestHub): Promise<void> {
  hub.receiver.release();
  await hub.settle();
  const open = listItems(await hub.call('GET /api/v1/alerts?status=open&limit=500'));
  for (const { alert_id: id } of open) {
    await hub.call(`POST /api/v1/alerts/${textOf(id)}/status`, { status: 'RESOLVED' });
  }
  await hub.settle();
}
