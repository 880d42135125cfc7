/** Keys of the API. The key itself is answered once, when it is made. */
import * as z from 'zod/mini';
import { id, maybe, name, projectId, timestamp } from './field.ts';

export const WIRE_ROLES = ['viewer', 'responder', 'operator', 'admin', 'ingest'] as const;

export const newKey = z.strictObject({
  project_id: maybe(projectId()),
  name: name(),
  role: z.enum(WIRE_ROLES),
  expires_at: maybe(timestamp()),
});
export type NewKey = z.output<typeof newKey>;

export const keyAnswer = z.strictObject({
  id: id(),
  project_id: projectId(),
  name: name(),
  role: z.enum(WIRE_ROLES),
  /** A key is never changed, only revoked. */
  version: z.literal(1),
  created_at: timestamp(),
  expires_at: z.nullable(timestamp()),
  revoked_at: z.nullable(timestamp()),
  last_used_at: z.nullable(timestamp()),
});
export type KeyAnswer = z.output<typeof keyAnswer>;

export const createdKeyAnswer = z.extend(keyAnswer, {
  /** Null when the answer is told again: it is shown once. */
  key: z.nullable(z.string()),
});
