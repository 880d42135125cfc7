/** The hub's OpenAPI 3.1 document, from the contract's table of operations. Pure. */
import { EXAMPLES } from '#contract/api/examples.ts';
import { renderJsonSchema, renderNamedSchemas } from '#contract/api/json-schema.ts';
import {
  type ErrorShape,
  type Operation,
  type OperationAnswer,
  takesIdempotencyKey,
} from '#contract/api/operation.ts';
import { OPERATION_GROUPS } from '#contract/api/operations.ts';
import type { JsonShape } from '#contract/api/shape.ts';
import type { WireSchema } from '#contract/wire.ts';
import { ERROR_CODES, type ErrorCode } from '#kernel/error-codes.ts';
import { LIMITS } from '#kernel/limits.ts';
import { rolesThatMay } from '#kernel/principal.ts';
import type {
  DocumentAnswer,
  DocumentOperation,
  MediaTypes,
  OpenApiDocument,
  Parameter,
} from './document.ts';
import { listErrorCodes } from './operation-errors.ts';

const JSON_TYPE = 'application/json';

const ABOUT = `Tocsin makes sure that an alarm is answered by a person.

JSON in snake_case, times in RFC 3339 and UTC. Unknown fields are refused with 422. Lists answer
\`{items, next_cursor}\`, the newest first. A PATCH needs \`If-Match\` with the version that was
read. A refusal is an \`Error\` with one of the codes that the operation names. A 503 is never the
sender's fault: send the same request again. A 429 says in \`Retry-After\` how long to wait; alarms,
and answers of persons to alerts, are never refused with one.`;

const SECURITY_SCHEMES = {
  key: {
    type: 'http',
    scheme: 'bearer',
    description: "A key (`POST /api/v1/keys`), or a source's token where reports come in.",
  },
  password: {
    type: 'http',
    scheme: 'basic',
    description: 'The same as the password; whatever the user is called.',
  },
} as const;

export function printOpenApi(about: {
  readonly version: string;
  readonly serverUrl: string;
}): OpenApiDocument {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Tocsin',
      version: about.version,
      description: ABOUT,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: about.serverUrl }],
    tags: OPERATION_GROUPS.map(({ name, says }) => ({ name, description: says })),
    paths: printPaths(),
    components: { securitySchemes: SECURITY_SCHEMES, schemas: renderNamedSchemas() },
  };
}

function printPaths(): OpenApiDocument['paths'] {
  const paths: Record<string, Record<string, DocumentOperation>> = {};
  for (const { name, operations } of OPERATION_GROUPS) {
    for (const operation of operations) {
      const { path, method } = operation;
      paths[path] = { ...paths[path], [method.toLowerCase()]: printOperation(operation, name) };
    }
  }
  return paths;
}

function printOperation(operation: Operation, tag: string): DocumentOperation {
  const { id, summary, notes, access, body } = operation;
  const parameters = printParameters(operation);
  return {
    operationId: id,
    summary,
    ...(notes === undefined ? {} : { description: notes }),
    tags: [tag],
    security: access === 'public' || isByAddress(operation) ? [] : [{ key: [] }, { password: [] }],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: body.isOptional !== true,
            content: { [body.type ?? JSON_TYPE]: printBody(body.schema) },
          },
        }),
    responses: { ...printAnswers(operation), ...printRefusals(operation) },
    'x-roles': listRoles(operation),
  };
}

/** A token in the path is the credential. */
function isByAddress({ path }: Operation): boolean {
  return path.includes('{token}');
}

export function listRoles(operation: Operation): readonly string[] {
  const { access } = operation;
  if (isByAddress(operation)) return ['whoever has the address'];
  return access === 'public' ? ['everybody'] : rolesThatMay(access);
}

function printBody(schema: WireSchema): MediaTypes[string] {
  const example = EXAMPLES.get(schema);
  return {
    schema: renderJsonSchema(schema, 'in'),
    ...(example === undefined ? {} : { example }),
  };
}

const PATH_WORDS: Readonly<Record<string, string>> = {
  id: 'Its id.',
  alert_id: "The sender's own id, or one of ours.",
  token: 'The credential; it is in the address, so keep the address secret.',
  kind: 'Of which kind the source is.',
};

function printParameters(operation: Operation): readonly Parameter[] {
  const inPath = [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']): Parameter => {
    const description = PATH_WORDS[name] ?? 'Its id.';
    return { name, in: 'path', required: true, description, schema: { type: 'string' } };
  });
  const inQuery = operation.query === undefined ? [] : printQuery(operation.query);
  return [
    ...inPath,
    ...inQuery,
    ...(operation.isVersioned === true ? [IF_MATCH] : []),
    ...(takesIdempotencyKey(operation) ? [IDEMPOTENCY_KEY] : []),
  ];
}

const IF_MATCH: Parameter = {
  name: 'If-Match',
  in: 'header',
  required: true,
  description: 'The version that you have read; 409 when there is a newer one.',
  schema: { type: 'string' },
};

const IDEMPOTENCY_KEY: Parameter = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: `Any text of yours, fresh for each write. Sent again with it within a day, the \
write is not done again but answered as it was, with \`Idempotent-Replayed: true\`; a secret that \
is shown once is then null. A refusal or a 503 is not kept: send it again.`,
  schema: { type: 'string', minLength: 1, maxLength: LIMITS.idempotencyKeyCharsMax },
};

function printQuery(query: WireSchema): readonly Parameter[] {
  const { properties, required } = renderJsonSchema(query, 'in');
  const names: readonly unknown[] = Array.isArray(required) ? required : [];
  return Object.entries(isShape(properties) ? properties : {}).map(([name, value]): Parameter => {
    const { description, ...schema } = isShape(value) ? value : {};
    const isList = schema['type'] === 'array';
    return {
      name,
      in: 'query',
      required: names.includes(name),
      description: typeof description === 'string' ? description : '',
      schema: withoutNull(schema),
      ...(isList ? { explode: true } : {}),
    };
  });
}

/** A parameter is there or not; it cannot be null. */
function withoutNull(schema: JsonShape): JsonShape {
  const drop = (list: readonly unknown[], what: unknown) => list.filter((one) => one !== what);
  const { type, enum: words } = schema;
  const types: readonly unknown[] = Array.isArray(type) ? drop(type, 'null') : [type];
  return {
    ...schema,
    ...(types.length === 1 && type !== undefined ? { type: types[0] } : {}),
    ...(Array.isArray(words) ? { enum: drop(words, null) } : {}),
  };
}

function isShape(value: unknown): value is JsonShape {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function printAnswers({ answers }: Operation): DocumentOperation['responses'] {
  const printed = Object.entries(answers);
  return Object.fromEntries(
    printed.map(([status, answer]) => [status, printAnswer(answer)] as const),
  );
}

function printAnswer({ says, schema, type }: OperationAnswer): DocumentAnswer {
  if (schema !== undefined) {
    const content = { [type ?? JSON_TYPE]: { schema: renderJsonSchema(schema, 'out') } };
    return { description: says, content };
  }
  if (type === undefined) return { description: says };
  const shape = type === JSON_TYPE ? { type: 'object' } : { type: 'string' };
  return { description: says, content: { [type]: { schema: shape } } };
}

/** One entry for each status, with the codes that it can have. */
function printRefusals(operation: Operation): DocumentOperation['responses'] {
  const codes = listErrorCodes(operation);
  const byStatus = Map.groupBy(codes, (code) => ERROR_CODES[code].status);
  const content = ERROR_CONTENT[operation.errorShape ?? 'tocsin'];
  const printed = [...byStatus]
    .filter(([status]) => operation.answers[status] === undefined)
    .map(([status, of]) => {
      return [String(status), { description: describeCodes(of), content }] as const;
    });
  return Object.fromEntries(printed);
}

function describeCodes(codes: readonly ErrorCode[]): string {
  return codes.map((code) => `\`${code}\`: ${ERROR_CODES[code].sentence}`).join(' ');
}

const PAGE: MediaTypes = { 'text/html': { schema: { type: 'string' } } };

const ERROR_CONTENT: Readonly<Record<ErrorShape, MediaTypes>> = {
  tocsin: { [JSON_TYPE]: { schema: { $ref: '#/components/schemas/Error' } } },
  alertmanager: {
    [JSON_TYPE]: {
      schema: {
        oneOf: [
          { type: 'string', description: 'What is wrong with an alert or a matcher.' },
          {
            type: 'object',
            properties: { code: { type: 'integer' }, message: { type: 'string' } },
            required: ['code', 'message'],
          },
        ],
      },
    },
  },
  sender: {
    [JSON_TYPE]: { schema: { type: 'object', description: 'As the kind of sender expects.' } },
  },
  page: PAGE,
};
