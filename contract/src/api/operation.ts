/** What an entry in the table of all routes says. The OpenAPI document is printed from them. */
import type { WireSchema } from '#contract/wire.ts';

/** Who may come: everybody, or the roles that may do this. The kernel says which those are. */
export const WIRE_ACCESSES = [
  'public',
  'report',
  'count',
  'read',
  'answer',
  'operate',
  'administer',
  'administer_hub',
] as const;
export type Access = (typeof WIRE_ACCESSES)[number];

const WRITING: readonly Access[] = ['answer', 'operate', 'administer', 'administer_hub'];

/** Sent again with the same Idempotency-Key, it is answered again and not done again. */
export function takesIdempotencyKey(operation: Pick<Operation, 'access' | 'method'>): boolean {
  const isReading = operation.method === 'GET' || operation.method === 'OPTIONS';
  return !isReading && WRITING.includes(operation.access);
}

/** In which words a refusal is told; `sender`: in those that its kind of source knows. */
export const ERROR_SHAPES = ['tocsin', 'alertmanager', 'sender', 'page'] as const;
export type ErrorShape = (typeof ERROR_SHAPES)[number];

export type OperationAnswer = {
  readonly says: string;
  /** Left out: no body, or one of `type`. */
  readonly schema?: WireSchema;
  /** The media type; JSON when there is a schema. */
  readonly type?: string;
};

export type OperationBody = {
  readonly schema: WireSchema;
  readonly isOptional?: boolean;
  /** JSON unless given. */
  readonly type?: string;
};

export type Operation = {
  /** Verb and noun, as clients that are generated call it: `listAlerts`. */
  readonly id: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS';
  /** With its parts in braces: `/api/v1/alerts/{alert_id}`. */
  readonly path: string;
  /** One line, without a full stop. */
  readonly summary: string;
  readonly notes?: string;
  readonly access: Access;
  /** A strict object of what may stand behind the question mark. */
  readonly query?: WireSchema;
  /** Takes If-Match. */
  readonly isVersioned?: boolean;
  readonly body?: OperationBody;
  /** By HTTP status; only what is no refusal. */
  readonly answers: Readonly<Record<number, OperationAnswer>>;
  /** Codes besides those that every operation of its kind has. */
  readonly errors?: readonly string[];
  readonly errorShape?: ErrorShape;
};

/** One for each stage. */
export type OperationGroup = {
  /** The stage's word. */
  readonly name: string;
  readonly says: string;
  readonly operations: readonly Operation[];
};
