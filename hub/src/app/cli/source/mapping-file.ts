/** A mapping from a file, as JSON or YAML (of which JSON is a part). */
import { readFileSync, statSync } from 'node:fs';
import { LIMITS } from '#kernel/limits.ts';
import { isJsonObject, type JsonObject, parseJson } from '#kernel/syntax/json.ts';
import { CliFailure } from '#app/cli/kit/command.ts';

export async function readMappingFile(path: string): Promise<JsonObject> {
  // Loaded when it is used: most commands read no YAML.
  const { isCollection, parseDocument, visit } = await import('yaml');
  const document = parseDocument(readText(path), { prettyErrors: true });
  const [fault] = [...document.errors, ...document.warnings];
  if (fault !== undefined) {
    const [line = ''] = fault.message.split('\n');
    throw new CliFailure(`${path}: ${line.replace(/:$/, '')}`);
  }
  visit(document, {
    Pair: (_key, { key }) => {
      if (isCollection(key)) throw new CliFailure(`${path}: ${UNQUOTED}`);
    },
  });
  const reading = parseJson(
    JSON.stringify(toPlain(path, () => document.toJS({ maxAliasCount: 0 }))),
  );
  if (!reading.ok) throw new CliFailure(`${path}: ${reading.fault.message}`);
  const { value } = reading;
  if (!isJsonObject(value)) {
    throw new CliFailure(`${path}: a mapping is an object, such as {title: /name}`);
  }
  // In a file of whole sources it stands below its name.
  const inner = value['mapping'];
  return Object.keys(value).length === 1 && isJsonObject(inner) ? inner : value;
}

/** YAML reads bare braces as an object that is the name of another. */
const UNQUOTED = "a template needs quotes in YAML: title: '{{ host }} is down'";

function readText(path: string): string {
  try {
    if (statSync(path).size > LIMITS.payloadCharsMax) {
      throw new CliFailure(`${path} is larger than a mapping may be`);
    }
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof CliFailure) throw error;
    throw new CliFailure(error instanceof Error ? error.message : String(error));
  }
}

/** Aliases could make a small file a large mapping. */
function toPlain(path: string, convert: () => unknown): unknown {
  try {
    return convert() ?? null;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CliFailure(`${path}: ${reason}`);
  }
}
