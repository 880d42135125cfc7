/**
 * The file of `tocsin apply` and TOCSIN_CONFIG, as a person writes it. Its JSON Schema is
 * docs/reference/config.schema.json.
 */
import * as z from 'zod/mini';
import { seconds } from '#contract/field.ts';
import { WIRE_LIMITS } from '#contract/limits.ts';
import { configProjectOf, configVersion, projectsOf } from './document.ts';

const ENVIRONMENT_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;

/** Where a secret lies. */
const secretPlace = z.union(
  [
    z.strictObject({
      from_env: z
        .string()
        .check(z.regex(ENVIRONMENT_NAME, 'must be the name of an environment variable')),
    }),
    /** Relative to the file that says so. */
    z.strictObject({ from_file: z.string().check(z.minLength(1), z.maxLength(1_024)) }),
    /** For those who insist. */
    z.strictObject({
      in_clear: z.string().check(z.minLength(1), z.maxLength(WIRE_LIMITS.secretCharsMax)),
    }),
  ],
  {
    error:
      'must be {from_env: NAME} or {from_file: PATH}, so that no secret stands in this file ' +
      '({in_clear: TEXT} if it must)',
  },
);
export type SecretPlace = z.output<typeof secretPlace>;

const UNITS: Readonly<Record<string, number>> = { s: 1, min: 60, h: 3_600, d: 86_400 };
const DURATION = /^(\d{1,7}) ?(s|min|h|d)$/;

/** `90`, `90 s`, `5 min`, `2h`, `1 d`; null when it is none of them. */
function parseDuration(written: string): number | null {
  const [, count, unit = ''] = DURATION.exec(written) ?? [];
  return count === undefined ? null : Number(count) * (UNITS[unit] ?? 1);
}

const DURATION_MESSAGE = 'must be whole seconds, or a number with s, min, h or d, as 5 min';

function duration(min = 1) {
  const written = z.union([z.int(), z.string().check(z.regex(DURATION, DURATION_MESSAGE))], {
    error: DURATION_MESSAGE,
  });
  const toSeconds = z.transform((value: number | string) =>
    typeof value === 'number' ? value : (parseDuration(value) ?? 0),
  );
  return z.pipe(z.pipe(written, toSeconds), seconds(min));
}

const project = configProjectOf({ secret: secretPlace, seconds: duration });

/** Several projects. */
export const configFile = z.strictObject({ version: configVersion, projects: projectsOf(project) });
/** One project, without a list around it. */
export const singleConfigFile = z.extend(project, { version: configVersion });
/** Either of them, for editors. */
export const anyConfigFile = z.union([singleConfigFile, configFile]);
export type ConfigFile = z.output<typeof configFile>;
