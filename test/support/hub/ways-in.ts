/** Sources of a test's own, and posts to the URL that they were given. */
import assert from 'node:assert/strict';
import type { TestHub } from '#test/support/hub.ts';
import type { Answer, CallOptions } from './calls.ts';

export type WayIn = {
  readonly sourceId: string;
  readonly token: string;
  /** Whole, as the answer has it. */
  readonly ingestUrl: string;
  /** As a sender does that knows the URL and nothing else. */
  readonly post: (body: unknown, options?: CallOptions) => Promise<Answer>;
  /** Fails the test when it was not taken. */
  readonly report: (body: unknown) => Promise<Answer>;
};

export async function openWayIn(
  hub: TestHub,
  kind: string,
  more: Readonly<Record<string, unknown>> = {},
): Promise<WayIn> {
  const made = await hub.call('POST /api/v1/sources', { name: `my ${kind}`, kind, ...more });
  assert.equal(made.status, 201, made.text);
  const ingestUrl = made.textAt('ingest_url');
  const path = new URL(ingestUrl).pathname;
  const post: WayIn['post'] = (body, options = {}) =>
    hub.call(`POST ${path}`, body, { key: null, ...options });
  return {
    sourceId: made.textAt('id'),
    token: made.textAt('token'),
    ingestUrl,
    post,
    report: async (body) => {
      const answer = await post(body);
      assert.equal(answer.status, 200, answer.text);
      return answer;
    },
  };
}
