/**
 * Secrets that a source shares with its sender, as they are typed: `NAME=WHERE`. Danger: a secret
 * is never itself an argument, where every program on the machine could read it, nor repeated in
 * what goes wrong.
 */
import { decodeUtf8 } from '#kernel/crypto.ts';
import { LIMITS } from '#kernel/limits.ts';
import { type CliDeps, CliFailure } from '#app/cli/kit/command.ts';
import { cleanText } from '#app/cli/kit/terminal/text.ts';

export const SECRET_WHERE = 'NAME=-, NAME=env:VARIABLE or NAME=file:PATH';

/** Field -> text; null for `NAME=none`, which removes it. */
export async function readGivenSecrets(
  typed: readonly string[],
  deps: Pick<CliDeps, 'env' | 'readInput'>,
): Promise<Readonly<Record<string, string | null>>> {
  const secrets = new Map<string, string | null>();
  const places = typed.map(splitPlace);
  if (places.filter(({ where }) => where === '-').length > 1) {
    throw usage('only one secret can come on stdin');
  }
  for (const { name, where } of places) {
    if (secrets.has(name)) throw usage(`${name} was given twice`);
    secrets.set(name, where === 'none' ? null : await readPlace(name, where, deps));
  }
  return Object.fromEntries(secrets);
}

function splitPlace(typed: string): { readonly name: string; readonly where: string } {
  const [, name, where] = /^([a-z][a-z0-9_]{0,63})=([\s\S]+)$/.exec(typed) ?? [];
  if (name === undefined || where === undefined) {
    throw usage(`a secret is given as ${SECRET_WHERE}, and never on the command line itself`);
  }
  return { name, where };
}

async function readPlace(
  name: string,
  where: string,
  { env, readInput }: Pick<CliDeps, 'env' | 'readInput'>,
): Promise<string> {
  if (where === '-') {
    const bytes = (await readInput?.(LIMITS.secretFileBytesMax)) ?? new Uint8Array();
    return clean(name, decodeUtf8(bytes) ?? '');
  }
  // Loaded when it is used: it brings the schema of all that can be configured.
  const { createSecretReader } = await import('#app/config-file/config-file.ts');
  const reader = createSecretReader(env, '.');
  const [, kind, place = ''] = /^(env|file):([\s\S]+)$/.exec(where) ?? [];
  if (kind === 'env') return clean(name, reader.readEnv(place) ?? '');
  if (kind !== 'file') throw usage(`${name}: where it lies is written ${SECRET_WHERE}`);
  const reading = reader.readFile(place);
  if (!reading.ok) throw new CliFailure(`${name}: ${cleanText(place)}: ${reading.sentence}`);
  return clean(name, reading.text);
}

/** Editors and `echo` end a line; a secret has no line end. */
function clean(name: string, text: string): string {
  const secret = text.replace(/\r?\n$/, '');
  if (secret === '') throw new CliFailure(`${name}: there is nothing where it should lie`);
  return secret;
}

function usage(sentence: string): CliFailure {
  return new CliFailure(sentence, { exitCode: 2 });
}
