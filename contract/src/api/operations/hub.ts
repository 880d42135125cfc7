/** The hub about itself: health, metrics, and its own documents. */
import * as z from 'zod/mini';
import type { OperationGroup } from '#contract/api/operation.ts';

const healthAnswer = z.strictObject({ status: z.literal('ok') });

const readinessAnswer = z.strictObject({
  status: z.enum(['ready', 'not_ready']),
  reasons: z.optional(
    z.array(
      z.strictObject({
        code: z.string(),
        message: z.string(),
        blocking: z.boolean(),
        action: z.string(),
      }),
    ),
  ),
});

const PUBLIC_DOCS = 'Public where `TOCSIN_PUBLIC_DOCS=true`.';

export const HUB: OperationGroup = {
  name: 'hub',
  says: 'Whether it works, and what it can do.',
  operations: [
    {
      id: 'checkHealth',
      method: 'GET',
      path: '/healthz',
      summary: 'Say that the process lives',
      access: 'public',
      answers: { 200: { says: 'It does.', schema: healthAnswer } },
    },
    {
      id: 'checkReadiness',
      method: 'GET',
      path: '/readyz',
      summary: 'Say whether the hub can do its work',
      notes: 'Why not is told to whoever has a key: docs/reference/readiness.md.',
      access: 'public',
      answers: {
        200: { says: 'It can.', schema: readinessAnswer },
        503: { says: 'It cannot.', schema: readinessAnswer },
      },
    },
    {
      id: 'checkReady',
      method: 'GET',
      path: '/-/ready',
      summary: 'The same for load balancers, as Alertmanager does',
      access: 'public',
      answers: {
        200: { says: '`OK`', type: 'text/plain' },
        503: { says: '`Not ready`', type: 'text/plain' },
      },
    },
    {
      id: 'readMetrics',
      method: 'GET',
      path: '/metrics',
      summary: "Metrics in Prometheus' format",
      notes: 'Public where `TOCSIN_PUBLIC_METRICS=true`. All of them: docs/reference/metrics.md.',
      access: 'read',
      answers: { 200: { says: 'All of them.', type: 'text/plain' } },
    },
    {
      id: 'readOpenApi',
      method: 'GET',
      path: '/openapi.json',
      summary: 'This document',
      notes: PUBLIC_DOCS,
      access: 'read',
      answers: { 200: { says: 'OpenAPI 3.1.', type: 'application/json' } },
    },
    {
      id: 'readDocs',
      method: 'GET',
      path: '/docs',
      summary: 'This document as a page',
      notes: PUBLIC_DOCS,
      access: 'read',
      answers: { 200: { says: 'A page without scripts.', type: 'text/html' } },
      errorShape: 'page',
    },
    {
      id: 'openHub',
      method: 'GET',
      path: '/',
      summary: 'What a browser sees first',
      access: 'public',
      answers: { 200: { says: 'A page.', type: 'text/html' } },
    },
    {
      id: 'readPageFile',
      method: 'GET',
      path: '/live/{file}',
      summary: 'What that page loads',
      access: 'public',
      answers: { 200: { says: 'A script, a style or a picture.', type: '*/*' } },
    },
  ],
};
