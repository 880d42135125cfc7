/** The JSON Schema of a mapping, for editors, forms and docs. Pure. */
import { LIMITS } from '#kernel/limits.ts';
import type { JsonObject } from '#kernel/syntax/json.ts';
import { SEVERITIES } from '#kernel/words/severity.ts';
import { PLAIN_FIELDS } from './mapping.ts';

const EXPRESSION = { $ref: '#/$defs/expression' };
const ONE = { $ref: '#/$defs/one' };
const FIELD = { $ref: '#/$defs/field' };
const STATE_WORDS = { $ref: '#/$defs/words' };

const SAYS: Readonly<Record<(typeof PLAIN_FIELDS)[number], string>> = {
  title: 'One line that says what has happened',
  content: 'The text behind it',
  key: 'Names the problem: reports with the same key join, and one that is over resolves it',
  event_id: 'Names this one report: the same again is a duplicate and changes nothing',
  device_id: 'The device that reports',
  camera_id: 'The camera that saw it',
  area_id: 'The room or area',
  url: 'An http or https address to look at',
  image: 'The http or https address of a picture',
  provider: 'The program that sends; generic unless given',
};

function describe(description: string, more: JsonObject): JsonObject {
  return { description, ...more };
}

function orFrom(more: JsonObject): JsonObject {
  return {
    anyOf: [
      FIELD,
      {
        type: 'object',
        additionalProperties: false,
        required: ['from'],
        properties: { from: EXPRESSION, ...more },
      },
    ],
  };
}

function orObject(namesMax: number): JsonObject {
  return {
    anyOf: [
      { type: 'string', pattern: '^(\\$$|\\$?/)' },
      { type: 'object', maxProperties: namesMax, additionalProperties: FIELD },
      { type: 'null' },
    ],
  };
}

export const MAPPING_SCHEMA: JsonObject = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  description: 'What is not named is guessed; what is null stays empty.',
  type: 'object',
  additionalProperties: false,
  properties: {
    items: describe('A pointer to a list of which each entry is a report', {
      type: ['string', 'null'],
      pattern: '^(\\$$|\\$?/)',
    }),
    ...Object.fromEntries(PLAIN_FIELDS.map((name) => [name, describe(SAYS[name], FIELD)])),
    severity: describe('How bad it is; words: what the words of the sender mean', {
      ...orFrom({ words: { type: 'object', additionalProperties: { enum: [...SEVERITIES] } } }),
    }),
    state: describe('Whether it begins, goes on or is over; what is in no list is a new report', {
      ...orFrom({ resolved: STATE_WORDS, updated: STATE_WORDS, heartbeat: STATE_WORDS }),
    }),
    time: describe('When it happened; zone: of times that do not say theirs', {
      ...orFrom({ zone: { type: 'string' } }),
    }),
    labels: describe('Facts to choose rules by', orObject(LIMITS.labelsMax)),
    annotations: describe('Facts to read', orObject(LIMITS.annotationsMax)),
  },
  $defs: {
    expression: {
      anyOf: [ONE, { type: 'array', minItems: 1, maxItems: LIMITS.mappingChoicesMax, items: ONE }],
    },
    field: { anyOf: [EXPRESSION, { type: 'null' }] },
    one: {
      description: 'A JSON pointer, a template with {{ }}, or a constant',
      anyOf: [
        { type: 'string', minLength: 1, maxLength: LIMITS.mappingTextCharsMax },
        { type: ['number', 'boolean'] },
        {
          type: 'object',
          additionalProperties: false,
          required: ['constant'],
          properties: { constant: { type: ['string', 'number', 'boolean'] } },
        },
      ],
    },
    words: {
      anyOf: [
        { type: ['string', 'number', 'boolean'] },
        { type: 'array', items: { type: ['string', 'number', 'boolean'] } },
      ],
    },
  },
};
