/**
 * A file of configuration: from its text to the document that the hub takes, and back from a fault
 * of the document to its line and column.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { configFile, singleConfigFile } from '#contract/config/file.ts';
import type { ConfigDocument } from '#contract/config/document.ts';
import { decodeUtf8 } from '#kernel/crypto.ts';
import type { ErrorDetail } from '#kernel/error-codes.ts';
import { LIMITS } from '#kernel/limits.ts';
import { isJsonObject, type JsonValue } from '#kernel/syntax/json.ts';
import { findRepetitions, readConfig } from '#app/configuration/document.ts';
import { type FileReading, resolveSecrets, type SecretReader } from './secret-place.ts';
import { type Position, readYaml, type YamlFault } from './yaml-tree.ts';

/** Faults of the document as lines for a person, in the order of the file. */
export type RenderFaults = (details: readonly ErrorDetail[]) => readonly string[];

export type ConfigFileReading =
  | { readonly ok: true; readonly document: ConfigDocument; readonly renderFaults: RenderFaults }
  | { readonly ok: false; readonly lines: readonly string[] };

type Source = {
  /** As it is called in faults. */
  readonly name: string;
  readonly text: string;
  readonly secrets: SecretReader;
};

export function readConfigText({ name, text, secrets }: Source): ConfigFileReading {
  const yaml = readYaml(text);
  if (!yaml.ok) return { ok: false, lines: yaml.faults.map((fault) => renderFault(name, fault)) };
  const { value, places } = yaml;
  if (!isJsonObject(value)) {
    const message = 'must begin with version: 1, and then say what there is';
    return { ok: false, lines: [renderFault(name, { position: START, path: '', message })] };
  }
  const isSingle = !Object.hasOwn(value, 'projects');
  const toLines = (details: readonly ErrorDetail[]) => renderFaults(name, places, details);
  const reading = isSingle ? readSingle(value) : readConfig(configFile, value);
  if (!reading.ok) return { ok: false, lines: toLines(reading.details) };
  const toFilePath = (detail: ErrorDetail): ErrorDetail =>
    isSingle ? { ...detail, path: detail.path.replace(/^projects\[0\]\.?/, '') } : detail;
  const resolved = resolveSecrets(reading.value, secrets);
  if (!resolved.ok) return { ok: false, lines: toLines(resolved.details.map(toFilePath)) };
  return {
    ok: true,
    document: resolved.document,
    renderFaults: (details) => toLines(details.map(toFilePath)),
  };
}

const START: Position = { line: 1, column: 1 };

/** One project without a list around it is a list of one. */
function readSingle(value: JsonValue) {
  const reading = readConfig(singleConfigFile, value);
  if (!reading.ok) return reading;
  const { version, ...project } = reading.value;
  const file = { version, projects: [project] };
  const details = findRepetitions(file).map(({ path, message }) => ({
    path: path.replace('projects[0].', ''),
    message: message.replace('projects[0].', ''),
  }));
  return details.length > 0 ? { ok: false as const, details } : { ok: true as const, value: file };
}

function renderFaults(
  name: string,
  places: ReadonlyMap<string, Position>,
  details: readonly ErrorDetail[],
): readonly string[] {
  return details
    .map(({ path, message }) => ({ path, message, position: findPlace(places, path) }))
    .toSorted(
      ({ position: one }, { position: other }) =>
        one.line - other.line || one.column - other.column,
    )
    .map((fault) => renderFault(name, fault));
}

/** Of what is missing, where it should have been: its nearest part that is there. */
function findPlace(places: ReadonlyMap<string, Position>, path: string): Position {
  let rest = path;
  for (;;) {
    const place = places.get(rest);
    if (place !== undefined) return place;
    if (rest === '') return START;
    rest = rest.slice(0, Math.max(0, rest.lastIndexOf('.'), rest.lastIndexOf('[')));
  }
}

function renderFault(name: string, { position, path, message }: YamlFault): string {
  const { line, column } = position;
  return `${name}:${line}:${column} ${path === '' ? '' : `${path}: `}${message}`;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Paths of secrets are seen from the directory of the file that names them. */
export function createSecretReader(env: Environment, directory: string): SecretReader {
  return {
    readEnv: (name) => env[name],
    readFile: (path) => readBounded(resolve(directory, path), LIMITS.secretFileBytesMax),
  };
}

export function readConfigFile(path: string, env: Environment): ConfigFileReading {
  const reading = readBounded(path, LIMITS.configFileBytesMax);
  if (!reading.ok) return { ok: false, lines: [`${path}: ${reading.sentence}`] };
  const secrets = createSecretReader(env, dirname(path));
  return readConfigText({ name: path, text: reading.text, secrets });
}

/** Of any kind of file, and so up to its bound: a device or a pipe does not say how long it is. */
function readBounded(path: string, bytesMax: number): FileReading {
  try {
    const file = openSync(path, 'r');
    try {
      return readText(readUpTo(file, bytesMax + 1), bytesMax);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    return { ok: false, sentence: nameFault(error) };
  }
}

const FAULTS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'may not be read by this user',
  EISDIR: 'is a directory',
};

function nameFault(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return ('code' in error ? FAULTS[String(error.code)] : undefined) ?? error.message;
}

function readUpTo(file: number, bytesMax: number): Uint8Array {
  const bytes = new Uint8Array(bytesMax);
  let count = 0;
  while (count < bytesMax) {
    const read = readSync(file, bytes, count, bytesMax - count, null);
    if (read === 0) break;
    count += read;
  }
  return bytes.subarray(0, count);
}

/** The bytes of a file as text, when they are text and not too many. */
export function readText(bytes: Uint8Array, bytesMax: number): FileReading {
  if (bytes.length > bytesMax) return { ok: false, sentence: `is larger than ${bytesMax} bytes` };
  const text = decodeUtf8(bytes);
  return text === null ? { ok: false, sentence: 'is no UTF-8 text' } : { ok: true, text };
}
