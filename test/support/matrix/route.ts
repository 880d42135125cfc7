/**
 * What the matrix knows of a route: who may come, what it is about, and a request that is right,
 * about things that are there. Written from DOMAIN 9, not from the code: where the two differ, one
 * of them is wrong.
 */
import type { JsonObject, JsonValue } from '#kernel/syntax/json.ts';
import type { Ground } from './ground.ts';

export const MATRIX_ROLES = ['viewer', 'responder', 'operator', 'admin', 'ingest'] as const;
export type MatrixRole = (typeof MATRIX_ROLES)[number];

/** Who may come, by role in the project that it is about. */
export const WHO = {
  reporters: ['ingest', 'operator', 'admin'],
  /** Whoever reports may ask how busy people are. */
  counters: ['viewer', 'responder', 'operator', 'admin', 'ingest'],
  readers: ['viewer', 'responder', 'operator', 'admin'],
  responders: ['responder', 'operator', 'admin'],
  operators: ['operator', 'admin'],
  admins: ['admin'],
  /** Admins of the whole hub, and nobody of a project. */
  hub_admins: [],
} as const satisfies Readonly<Record<string, readonly MatrixRole[]>>;

/** `everyone`: also who has no principal at all, or whose credential is in the address. */
export type Who = keyof typeof WHO | 'everyone';

export type Request = {
  /** Parts of the path, by name. */
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: string;
  readonly body?: JsonValue;
  /** Sent as it is. */
  readonly raw?: string;
  readonly headers?: Readonly<Record<string, string>>;
};

export type MatrixRoute = {
  readonly who: Who;
  /**
   * What those get who may do this, but only in another project:
   * - `object`: something of the north is named in the path: 404, as if it were not there;
   * - `named`: the north itself is named in the body: 404, or 403 for who knows it;
   * - `list`: theirs, without a trace of the north; 404 when they ask for the north;
   * - `own`: it is done in their own project;
   * - `hub`: it is the same for all.
   */
  readonly about: 'object' | 'named' | 'list' | 'own' | 'hub';
  /** Of a way in: tokens of other kinds of sources are unknown here. */
  readonly kind?: string;
  /** 200 unless given. */
  readonly status?: number;
  /** It stays open, and has no HEAD. */
  readonly isStream?: true;
  /** A list of what they have, that takes no `project_id`. */
  readonly hasNoFilter?: true;
  /** It changes nothing, although it is no GET. */
  readonly isReadOnly?: true;
  /** A request that is right. Asked again for each that may do it, for some can be done once. */
  readonly ask?: (ground: Ground) => Request | Promise<Request>;
};

/** By `METHOD /path/:part`; several where a route is several ways in. */
export type MatrixTable = Readonly<Record<string, MatrixRoute | readonly MatrixRoute[]>>;

type Resource = {
  readonly noun: string;
  readonly create: (ground: Ground) => JsonObject;
  readonly patch?: JsonObject;
  readonly isRemovable?: boolean;
};

/** Things that admins configure: everybody reads them, they change them. */
export function configured(path: string, { noun, create, patch, isRemovable }: Resource) {
  const fresh = async (ground: Ground) => ({ id: await ground.make(path, create(ground)) });
  const table: Record<string, MatrixRoute> = {
    [`GET ${path}`]: { who: 'readers', about: 'list' },
    [`GET ${path}/:id`]: {
      who: 'readers',
      about: 'object',
      ask: ({ standing }) => ({ path: { id: standing(noun) } }),
    },
    [`POST ${path}`]: {
      who: 'admins',
      about: 'named',
      status: 201,
      ask: (ground) => ({ body: create(ground) }),
    },
  };
  if (patch !== undefined) {
    table[`PATCH ${path}/:id`] = {
      who: 'admins',
      about: 'object',
      ask: async (ground) => ({
        path: await fresh(ground),
        body: patch,
        headers: { 'if-match': '1' },
      }),
    };
  }
  if (isRemovable ?? true) {
    table[`DELETE ${path}/:id`] = {
      who: 'admins',
      about: 'object',
      status: 204,
      ask: async (ground) => ({ path: await fresh(ground) }),
    };
  }
  return table;
}
