/** The live stream: what a listener may ask for, and what its events carry. */
import * as z from 'zod/mini';
import { WIRE_SEVERITIES } from '#contract/alert.ts';
import { maybe, maybeText, projectId, timestamp } from '#contract/field.ts';
import { WIRE_LIMITS } from '#contract/limits.ts';

export const WIRE_STREAM_EVENTS = ['alert', 'beat', 'resync'] as const;

/**
 * The query of `GET /api/v1/stream`. Only what never changes about an alert can be asked for: by
 * status, an alert that leaves the list could not be told.
 */
export const streamQuery = z.strictObject({
  project_id: maybe(projectId()),
  severity: maybe(z.enum(WIRE_SEVERITIES)),
  device_id: maybeText(WIRE_LIMITS.identifierCharsMax),
  camera_id: maybeText(WIRE_LIMITS.identifierCharsMax),
  /** As the header Last-Event-ID, which wins. */
  cursor: maybeText(WIRE_LIMITS.identifierCharsMax),
});
export type StreamQuery = z.output<typeof streamQuery>;

/** The database was read, and all that was found has been told. */
export const beatEvent = z.strictObject({ at: timestamp(), cursor: z.string() });

/** Why a list has to be read again. */
export const WIRE_RESYNC_REASONS = [
  'no_cursor',
  'cursor_too_old',
  'too_many_changes',
  'reader_too_slow',
] as const;

export const resyncEvent = z.strictObject({
  at: timestamp(),
  cursor: z.string(),
  reason: z.enum(WIRE_RESYNC_REASONS),
});
