/** Events: one report, or up to a thousand, taken whole or refused whole. */
import * as z from 'zod/mini';
import { hasTwoImages, reportFields, TWO_IMAGES } from './alert.ts';
import { id, isPlainObject } from './field.ts';
import { WIRE_LIMITS } from './limits.ts';
import { parseWire, type WireReading } from './wire.ts';

export const WIRE_STAGES = ['received', 'updated', 'resolved', 'heartbeat'] as const;

const NAMELESS_END = {
  error: 'is required of a resolved event, or fingerprint: which alert is over?',
  path: ['alert_id'],
};

export const newEvent = z
  .strictObject({ ...reportFields, stage: z._default(z.enum(WIRE_STAGES), 'received') })
  .check(
    z.refine((event) => !hasTwoImages(event), TWO_IMAGES),
    z.refine(
      (event) =>
        event.stage !== 'resolved' || event.alert_id !== null || event.fingerprint !== null,
      NAMELESS_END,
    ),
  );
export type NewEvent = z.output<typeof newEvent>;

export const newEvents = z.strictObject({
  events: z.array(newEvent).check(z.minLength(1), z.maxLength(WIRE_LIMITS.eventsPerRequestMax)),
});

/** The body of `POST /api/v1/events`: one event, or `{events: [...]}`. */
export function parseEvents(json: unknown): WireReading<readonly NewEvent[]> {
  if (isPlainObject(json) && Object.hasOwn(json, 'events')) {
    const reading = parseWire(newEvents, json);
    return reading.ok ? { ok: true, value: reading.value.events } : reading;
  }
  const reading = parseWire(newEvent, json);
  return reading.ok ? { ok: true, value: [reading.value] } : reading;
}

export const eventResults = z.strictObject({
  results: z.array(
    z.strictObject({
      event_id: id(),
      alert_id: z.nullable(z.string()),
      is_duplicate: z.boolean(),
    }),
  ),
});
export type EventResults = z.output<typeof eventResults>;
