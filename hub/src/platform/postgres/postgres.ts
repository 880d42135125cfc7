/**
 * The connection to PostgreSQL: pools, transactions, and what an error means.
 *
 * Queries of one connection are pipelined: those issued without waiting travel together, so a
 * flush of six statements costs two round trips. In a transaction a failed statement makes all
 * that follow fail too, and `commit` then answers ROLLBACK, which counts as an error here.
 *
 * Danger: a connection that breaks during `commit` leaves the outcome unknown
 * (`isCommitUnknown`); the caller must be able to run again with the same ids.
 */
import { once } from 'node:events';
import pg from 'pg';
import { LIMITS } from '#kernel/limits.ts';
import type { Log } from '#kernel/ports.ts';
import { type ColumnarInsert, type ColumnarRow, fillColumns } from './columnar.ts';
import { mergeWrites, type Statement, type Write } from './statement.ts';

export type Row = Readonly<Record<string, unknown>>;

export type Queryable = {
  readonly run: (statement: Statement, values: readonly unknown[]) => Promise<readonly Row[]>;
};

export type Transaction = Queryable & {
  /**
   * A write whose rows nobody needs. Posted writes travel together, as one statement, before the
   * next `run` or the commit, where their errors surface. They all see the database as it was
   * before the first of them, so no two of them may write the same row.
   */
  readonly post: (statement: Statement, values: readonly unknown[]) => void;
  /** What is posted from here on sees what was posted before; costs no round trip. */
  readonly separate: () => void;
};

export type Database = Queryable & {
  readonly transaction: <T>(body: (tx: Transaction) => Promise<T>) => Promise<T>;
  /** Read-only: the server refuses writes. */
  readonly read: <T>(body: (tx: Queryable) => Promise<T>) => Promise<T>;
  readonly close: () => Promise<void>;
};

export type ConnectionSettings =
  | { readonly url: string }
  | {
      readonly host: string;
      readonly port: number;
      readonly user: string;
      readonly database: string;
      readonly password?: string;
    };

export type DatabaseOptions = {
  readonly connection: ConnectionSettings;
  readonly log: Log;
  /** Behind a pooler in transaction mode named statements are not available. */
  readonly isPooled?: boolean;
  readonly connectionsMax?: number;
};

/** Thrown when the commit was sent and no answer came: it may have happened. */
export class CommitUnknownError extends Error {
  constructor(cause: unknown) {
    super('the connection broke during commit; its outcome is unknown', { cause });
    this.name = 'CommitUnknownError';
  }
}

export function toClientConfig(connection: ConnectionSettings): pg.ClientConfig {
  if ('url' in connection) return { connectionString: connection.url };
  return { ...connection };
}

export function createDatabase(options: DatabaseOptions): Database {
  const isPooled = options.isPooled ?? false;
  const shared: pg.PoolConfig = {
    ...toClientConfig(options.connection),
    pipeline: true,
    keepAlive: true,
    connectionTimeoutMillis: LIMITS.lockTimeoutMs,
    query_timeout: LIMITS.queryWaitMaxMs,
    application_name: 'tocsin',
    ...(isPooled ? {} : DIRECT_SESSION),
  };
  const writing = isPooled
    ? {}
    : {
        statement_timeout: LIMITS.writeMaxMs,
        options: `${TIME_ZONE} ${KEYED_PLANS.map(toOption).join(' ')}`,
      };
  const writers = createPool(
    { ...shared, ...writing, max: options.connectionsMax ?? 12 },
    options.log,
  );
  const readers = createPool({ ...shared, max: options.connectionsMax ?? 6 }, options.log);
  const begin = isPooled
    ? `begin; ${renderPooledSession(LIMITS.writeMaxMs)}; ${KEYED_SESSION}`
    : 'begin';
  const beginRead = isPooled
    ? `begin read only; ${renderPooledSession(LIMITS.statementTimeoutMs)}`
    : 'begin read only';
  return {
    run: async (statement, values) =>
      inSession({ pool: writers, isPooled, begin }, (tx) => tx.run(statement, values)),
    transaction: (body) => inSession({ pool: writers, isPooled, begin }, body),
    read: (body) => inSession({ pool: readers, isPooled, begin: beginRead }, body),
    close: async () => {
      await Promise.all([endPool(writers), endPool(readers)]);
    },
  };
}

const TIME_ZONE = '-c timezone=UTC';

const DIRECT_SESSION = {
  statement_timeout: LIMITS.statementTimeoutMs,
  lock_timeout: LIMITS.lockTimeoutMs,
  idle_in_transaction_session_timeout: LIMITS.statementTimeoutMs,
  options: TIME_ZONE,
};

/**
 * What writes and what polls reads few rows through an index. Plans of prepared statements are
 * kept: one that was made while a table was nearly empty would read the whole of it, each time,
 * until the next ANALYZE. Each poll for waiting channels read 17,000 pages that way. Reads of the
 * console keep the planner's whole choice.
 */
const KEYED_PLANS = ['seqscan', 'bitmapscan', 'hashjoin', 'mergejoin'];
const toOption = (way: string) => `-c enable_${way}=off`;
const KEYED_SESSION = KEYED_PLANS.map((way) => `set local enable_${way} = off`).join('; ');

/** `set local`, because behind a pooler nothing else stays with the transaction. */
const renderPooledSession = (statementMaxMs: number) =>
  `set local statement_timeout = ${statementMaxMs}; ` +
  `set local lock_timeout = ${LIMITS.lockTimeoutMs}; ` +
  `set local idle_in_transaction_session_timeout = ${LIMITS.statementTimeoutMs}; ` +
  `set local timezone = 'UTC'`;

function createPool(config: pg.PoolConfig, log: Log): pg.Pool {
  const pool = new pg.Pool(config);
  // Without a listener a server stop would end the process.
  pool.on('error', (error) => log.warn('database connection lost', { error: error.message }));
  // Nor must one that is lost in the very packet that opens it: nobody listens to it yet.
  const open = new Set<pg.PoolClient>();
  sessions.set(pool, open);
  pool.on('connect', (client) => {
    client.on('error', () => undefined);
    open.add(client);
    client.once('end', () => open.delete(client));
  });
  return pool;
}

/**
 * Also waits for the sessions to be gone: a pool says that it has ended before they are, and a
 * server that is stopped then would throw them out, with a warning for each.
 */
async function endPool(pool: pg.Pool): Promise<void> {
  const left = [...(sessions.get(pool) ?? [])].map((client) => once(client, 'end'));
  await pool.end();
  await Promise.all(left);
}

const sessions = new WeakMap<pg.Pool, Set<pg.PoolClient>>();

type Session = { readonly pool: pg.Pool; readonly isPooled: boolean; readonly begin: string };

async function inSession<T>(session: Session, body: (tx: Transaction) => Promise<T>): Promise<T> {
  const client = await session.pool.connect();
  const posted: Promise<unknown>[] = [];
  let broken: Error | undefined;
  // A client in use reports a lost connection here too; its queries fail by themselves.
  const onError = (error: Error) => {
    broken = error;
  };
  client.on('error', onError);
  try {
    posted.push(settle(client.query(session.begin)));
    const tx = createTransaction(createSend(client, session.isPooled), posted);
    const result = await runBody(body, tx, posted);
    tx.sendPosts();
    await commit(client, posted);
    return result;
  } catch (error) {
    broken ??= await rollBack(client);
    throw error;
  } finally {
    client.off('error', onError);
    client.release(broken);
  }
}

const TRANSACTION_ABORTED = '25P02';

/** Once a posted write has failed, what follows only says so; the caller needs the first error. */
export async function runBody<T>(
  body: (tx: Transaction) => Promise<T>,
  tx: Transaction,
  posted: readonly Promise<unknown>[],
): Promise<T> {
  try {
    return await body(tx);
  } catch (error) {
    if (errorCode(error) !== TRANSACTION_ABORTED) throw error;
    throw (await findFirstError(posted)) ?? error;
  }
}

/** Sent behind the posted writes without waiting for them: one round trip for all. */
async function commit(client: pg.PoolClient, posted: readonly Promise<unknown>[]): Promise<void> {
  let command = '';
  const sent = settle(
    client.query('commit').then((result) => {
      command = result.command;
    }),
  );
  const first = await findFirstError([...posted, sent]);
  if (isConnectionLoss(first)) throw new CommitUnknownError(first);
  if (first !== null) throw asError(first);
  if (command !== 'COMMIT') throw new Error(`commit answered ${command}`);
}

export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

async function rollBack(client: pg.PoolClient): Promise<Error | undefined> {
  try {
    await client.query('rollback');
    return undefined;
  } catch (error) {
    return asError(error);
  }
}

type OpenTransaction = Transaction & { readonly sendPosts: () => void };
type Send = (write: Write) => Promise<readonly Row[]>;

function createSend(client: pg.PoolClient, isPooled: boolean): Send {
  return async ({ statement, values }) => {
    const result = await client.query<Row>({
      ...(isPooled ? {} : { name: statement.name }),
      text: statement.text,
      values: [...values],
    });
    return result.rows;
  };
}

/** The errors of what is posted are put to `posted`, in their order. */
export function createTransaction(send: Send, posted: Promise<unknown>[]): OpenTransaction {
  let waiting: Write[] = [];
  const sendPosts = () => {
    if (waiting.length === 0) return;
    const merged = mergeWrites(waiting);
    for (const write of merged === null ? waiting : [merged]) posted.push(settle(send(write)));
    waiting = [];
  };
  return {
    run: (statement, values) => {
      sendPosts();
      return send({ statement, values });
    },
    post: (statement, values) => {
      waiting.push({ statement, values });
    },
    separate: sendPosts,
    sendPosts,
  };
}

/** Posts rows as columns. */
export function postRows(
  tx: Transaction,
  insert: ColumnarInsert,
  rows: readonly ColumnarRow[],
): void {
  const { statement, values } = fillColumns(insert, rows);
  tx.post(statement, values);
}

/** The error instead of a rejection, which nobody might be waiting for yet. */
export async function settle(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
    return null;
  } catch (error) {
    return error;
  }
}

export async function findFirstError(posted: readonly Promise<unknown>[]): Promise<unknown> {
  const errors = await Promise.all(posted);
  return errors.find((error) => error !== null) ?? null;
}

/** SQLSTATE of a database error, or the system's code of a connection error. */
export function errorCode(error: unknown): string | null {
  if (typeof error !== 'object' || error === null || !('code' in error)) return null;
  return typeof error.code === 'string' ? error.code : null;
}

export function isConnectionLoss(error: unknown): boolean {
  if (error instanceof CommitUnknownError) return true;
  const code = errorCode(error);
  if (code === null)
    return error instanceof Error && /onnection|timeout|after calling end/.test(error.message);
  return (
    /^(08|57P0[1-4])/.test(code) || /^(ECONN|ENOENT|EPIPE|ETIMEDOUT|EACCES|ENOTFOUND)/.test(code)
  );
}

/**
 * The database cannot store at this moment, for reasons that are not the request's: gone, being
 * restarted, disk or memory or connections used up, locks not to be had, a deadlock, read-only.
 */
export function isUnavailable(error: unknown): boolean {
  if (isConnectionLoss(error)) return true;
  const code = errorCode(error);
  return code !== null && /^(53|55000|55P03|58|40|57|25006|XX)/.test(code);
}
