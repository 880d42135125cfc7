/** Alertmanager's API v2 as far as Tocsin speaks it. The hub reads what comes by its own parser. */
import * as z from 'zod/mini';
import { withShape } from '#contract/api/shape.ts';

const texts = z.record(z.string(), z.string());

const postedAlert = z.looseObject({
  labels: texts,
  annotations: z.optional(texts),
  startsAt: z.optional(z.string()),
  endsAt: z.optional(z.string()),
  generatorURL: z.optional(z.string()),
});

export const postedAlerts = z.array(postedAlert);

/** `?filter=` may come several times. */
export const alertmanagerQuery = z.strictObject({
  filter: z.optional(withShape(z.string(), { type: 'array', items: { type: 'string' } })),
  active: z.optional(z.enum(['true', 'false'])),
  receiver: z.optional(z.string()),
});

export const alertmanagerAlerts = z.array(
  z.strictObject({
    labels: texts,
    annotations: texts,
    startsAt: z.string(),
    endsAt: z.string(),
    updatedAt: z.string(),
    fingerprint: z.string(),
    generatorURL: z.string(),
    receivers: z.array(z.strictObject({ name: z.string() })),
    status: z.strictObject({
      state: z.literal('active'),
      silencedBy: z.array(z.string()),
      inhibitedBy: z.array(z.string()),
    }),
  }),
);

export const alertmanagerStatus = z.strictObject({
  cluster: z.strictObject({
    name: z.string(),
    status: z.string(),
    peers: z.array(z.string()),
  }),
  config: z.strictObject({ original: z.string() }),
  uptime: z.string(),
  versionInfo: z.strictObject({
    version: z.string(),
    revision: z.string(),
    branch: z.string(),
    buildUser: z.string(),
    buildDate: z.string(),
    goVersion: z.string(),
  }),
});
