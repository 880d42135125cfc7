/** Alerts of another program, brought in with what had happened to them. */
import * as z from 'zod/mini';
import { alertId } from './alert.ts';
import { isPlainObject, maybe, projectId, text, type WireJsonObject } from './field.ts';
import { WIRE_LIMITS } from './limits.ts';
import { withShape } from '#contract/api/shape.ts';

export const WIRE_IMPORT_ORIGINS = ['active', 'history'] as const;

const TIMEZONE_CHARS_MAX = 64;

/** As the other program wrote them: unknown fields are kept, odd ones are warned of. */
const foreignFields = withShape(
  z.custom<WireJsonObject>().check((ctx) => {
    const { importAlertCharsMax: max } = WIRE_LIMITS;
    const refuse = (message: string) => {
      ctx.issues.push({ code: 'custom', message, input: ctx.value });
    };
    if (!isPlainObject(ctx.value)) refuse('must be an object');
    else if (JSON.stringify(ctx.value).length > max) refuse(`must have at most ${max} characters`);
  }),
  { type: 'object' },
);

/** One body of `POST /api/v1/imports/sentinel`; the same alert may come any number of times. */
export const sentinelImport = z.strictObject({
  project_id: maybe(projectId()),
  /** Of times without an offset, as `Europe/Paris`. */
  timezone: text(TIMEZONE_CHARS_MAX),
  /** Nobody is called for what was due before the import. */
  is_quiet: maybe(z.boolean()),
  /** Nothing is stored; the answer is what it would be. */
  is_dry_run: maybe(z.boolean()),
  /** Imports the others; else one that cannot be understood refuses them all. */
  is_skipping_invalid: maybe(z.boolean()),
  alerts: z
    .array(
      z.strictObject({
        alert_id: alertId(),
        origin: z.enum(WIRE_IMPORT_ORIGINS),
        fields: foreignFields,
      }),
    )
    .check(z.maxLength(WIRE_LIMITS.importAlertsMax)),
});
export type SentinelImport = z.output<typeof sentinelImport>;

const notice = z.strictObject({ alert_id: z.string(), message: z.string() });

export const importAnswer = z.strictObject({
  project_id: projectId(),
  is_dry_run: z.boolean(),
  imported: z.int(),
  /** Their ids are known here: they stay as they are. */
  already_there: z.int(),
  /** Of the imported: those that wait for an answer. */
  open: z.int(),
  /** Of the open: those for which something is due at once. */
  due_now: z.int(),
  warnings: z.array(notice),
  invalid: z.array(notice),
});
export type ImportAnswer = z.output<typeof importAnswer>;
