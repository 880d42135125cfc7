/** What the doctor has found, of the hub as a whole and of each project that may be seen. */
import * as z from 'zod/mini';
import { projectId } from '#contract/field.ts';

export const WIRE_CHECK_STATUSES = ['pass', 'warn', 'fail'] as const;

export const doctorAnswer = z.strictObject({
  /** The worst of them. */
  status: z.enum(WIRE_CHECK_STATUSES),
  checks: z.array(
    z.strictObject({
      subject: z.string(),
      status: z.enum(WIRE_CHECK_STATUSES),
      message: z.string(),
      /** What to do; null where nothing is to be done. */
      action: z.nullable(z.string()),
      /** Null: of the hub as a whole. */
      project_id: z.nullable(projectId()),
    }),
  ),
});
export type DoctorAnswer = z.output<typeof doctorAnswer>;
