/** `--label NAME=VALUE`, as often as it was given. Pure. */
import type { JsonObject } from '#kernel/syntax/json.ts';
import { CliFailure } from '#app/cli/kit/command.ts';

export function readLabels(typed: readonly string[]): JsonObject {
  return Object.fromEntries(typed.map(readLabel));
}

function readLabel(typed: string): readonly [string, string] {
  const [, name, value] = /^([^=]+)=([\s\S]*)$/.exec(typed) ?? [];
  if (name !== undefined && value !== undefined) return [name, value];
  throw new CliFailure(`--label ${typed} must be NAME=VALUE`, { exitCode: 2 });
}
