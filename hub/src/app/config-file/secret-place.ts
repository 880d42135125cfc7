/** Secrets, from where a file says that they lie. Danger: no fault repeats what it found there. */
import type { ConfigFile, SecretPlace } from '#contract/config/file.ts';
import type { ConfigDocument } from '#contract/config/document.ts';
import type { ErrorDetail } from '#kernel/error-codes.ts';
import { LIMITS } from '#kernel/limits.ts';

export type SecretReader = {
  /** Undefined: there is no such variable. */
  readonly readEnv: (name: string) => string | undefined;
  /** Of a path as it is written. */
  readonly readFile: (path: string) => FileReading;
};

export type FileReading =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly sentence: string };

type SecretPlaces = Readonly<Record<string, SecretPlace | null>> | null;

/** The document as it goes to the hub, or all secrets that could not be read. */
export function resolveSecrets(
  file: ConfigFile,
  reader: SecretReader,
):
  | { readonly ok: true; readonly document: ConfigDocument }
  | { readonly ok: false; readonly details: readonly ErrorDetail[] } {
  const details: ErrorDetail[] = [];
  const resolve = (place: SecretPlace | null, path: string): string | null => {
    if (place === null) return null;
    const reading = readSecret(place, reader);
    if (!reading.ok) details.push({ path, message: reading.sentence });
    return reading.ok ? reading.text : null;
  };
  const resolveAll = (places: SecretPlaces, path: string) =>
    Object.fromEntries(
      Object.entries(places ?? {}).map(([field, place]) => [
        field,
        resolve(place, `${path}.${field}`),
      ]),
    );
  const projects = file.projects.map(({ sources, channels, ...project }, index) => ({
    ...project,
    sources: sources?.map((source, at) => {
      const path = `projects[${index}].sources[${at}]`;
      const token = resolve(source.token, `${path}.token`);
      return { ...source, token, secrets: resolveAll(source.secrets, `${path}.secrets`) };
    }),
    channels: channels?.map((channel, at) => {
      const path = `projects[${index}].channels[${at}].secrets`;
      return { ...channel, secrets: resolveAll(channel.secrets, path) };
    }),
  }));
  if (details.length > 0) return { ok: false, details };
  return { ok: true, document: { version: file.version, projects } };
}

function readSecret(place: SecretPlace, reader: SecretReader): FileReading {
  if ('in_clear' in place) return { ok: true, text: place.in_clear };
  if ('from_env' in place) {
    const text = reader.readEnv(place.from_env) ?? '';
    if (text !== '') return checkLength(text);
    return { ok: false, sentence: `the environment has no ${place.from_env}` };
  }
  const reading = reader.readFile(place.from_file);
  if (!reading.ok) return reading;
  // Editors end a file with a line end; a secret has none.
  const text = reading.text.replace(/\r?\n$/, '');
  return text === '' ? { ok: false, sentence: 'that file is empty' } : checkLength(text);
}

function checkLength(text: string): FileReading {
  const { secretCharsMax } = LIMITS;
  if (text.length <= secretCharsMax) return { ok: true, text };
  return { ok: false, sentence: `must have at most ${secretCharsMax} characters` };
}
