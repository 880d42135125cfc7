/**
 * The ports of a simulated node: the real database and the simulated network, wrapped so that a
 * node can die, or lose an answer, at a named point. Transactions of all nodes run one at a time.
 *
 * Danger: a dead node's code goes on running in this process; from the moment it dies its ports
 * refuse everything, so that nothing of it reaches the outside.
 */
import type {
  Http,
  HttpOutcome,
  HttpRequest,
  Smtp,
  SmtpOutcome,
  SmtpRequest,
} from '#kernel/ports.ts';
import {
  CommitUnknownError,
  type Database,
  type Queryable,
  type Row,
  type Transaction,
} from '#platform/postgres/postgres.ts';
import type { Statement } from '#platform/postgres/statement.ts';

export const COMMIT_FAULTS = [
  /** The node dies with its transaction open. */
  'crash_before_commit',
  /** It dies when the commit is done and nobody knows of it yet. */
  'crash_after_commit',
  /** The connection breaks during commit: undone, and the node cannot know. */
  'commit_lost',
  /** The same, but it was done. */
  'commit_unanswered',
] as const;

export const FAULT_POINTS = [
  ...COMMIT_FAULTS,
  /** A claim never gets to the database. */
  'run_lost',
  /** A claim was made, its answer got lost. */
  'run_unanswered',
  /** Claimed, the attempt written, nothing sent. */
  'crash_before_send',
  /** The target has it, the outcome is not stored. */
  'crash_after_send',
] as const;
export type FaultPoint = (typeof FAULT_POINTS)[number];

/** A planted bug: what of the product's own traffic with the database it falsifies. */
export type Mutation = {
  readonly name: string;
  /** By the name of the statement. */
  readonly rewriteText?: Readonly<Record<string, (text: string) => string>>;
  readonly rewriteRow?: Readonly<Record<string, (row: Row) => Row>>;
  /** Answers when the work is decided, not when it is committed. */
  readonly isAnsweringEarly?: boolean;
  /** A link acts as soon as it is opened. */
  readonly isActingOnGet?: boolean;
};

/** Counts what is under way, so that a step ends when everything it set off has ended. */
export type Activity = { count: number; queue: Promise<unknown> };

export class NodeGone extends Error {
  constructor() {
    super('this node is dead');
    this.name = 'NodeGone';
  }
}

export type SimPorts = {
  readonly database: Database;
  readonly http: Http;
  readonly smtp: Smtp;
  /** The next operation that passes this point meets it; null = none does. */
  readonly arm: (point: FaultPoint | null) => void;
  /** Whether the armed point was met since. */
  readonly hasStruck: () => boolean;
  readonly kill: () => void;
  readonly isDead: () => boolean;
  /** The database cannot be reached from here. */
  readonly setCutOff: (isCutOff: boolean) => void;
};

/** Statements that change something and whose answer matters to the node. Hints reach nobody. */
const CLAIMS =
  /^(escalation\.claim|escalation\.claim_suspect|delivery\.claim|delivery\.take_lost)$/;

type State = {
  armed: FaultPoint | null;
  hasStruck: boolean;
  isDead: boolean;
  isCutOff: boolean;
};

type Send<Request, Outcome> = (request: Request, isDead: () => boolean) => Promise<Outcome>;

export function createSimPorts(options: {
  readonly database: Database;
  readonly sendHttp: Send<HttpRequest, HttpOutcome>;
  readonly sendMail: Send<SmtpRequest, SmtpOutcome>;
  readonly activity: Activity;
  readonly mutation: Mutation | null;
}): SimPorts {
  const state: State = { armed: null, hasStruck: false, isDead: false, isCutOff: false };
  const isDead = () => state.isDead;
  const strike = (point: FaultPoint): boolean => {
    if (state.armed !== point) return false;
    state.armed = null;
    state.hasStruck = true;
    return true;
  };
  const kill = () => {
    state.isDead = true;
  };
  const guard =
    <Request, Outcome>(send: Send<Request, Outcome>) =>
    async (request: Request): Promise<Outcome> => {
      if (state.isDead) throw new NodeGone();
      if (strike('crash_before_send')) {
        kill();
        throw new NodeGone();
      }
      if (!strike('crash_after_send')) return send(request, isDead);
      // Dead as soon as it is sent: the answer finds nobody.
      void send(request, () => true).catch(() => undefined);
      kill();
      throw new NodeGone();
    };
  return {
    database: createSimDatabase({ ...options, state, strike, kill }),
    http: { send: guard(options.sendHttp) },
    smtp: { send: guard(options.sendMail) },
    arm: (point) => {
      state.armed = point;
      state.hasStruck = false;
    },
    hasStruck: () => state.hasStruck,
    kill,
    isDead,
    setCutOff: (isCutOff) => {
      state.isCutOff = isCutOff;
    },
  };
}

type Parts = {
  readonly database: Database;
  readonly activity: Activity;
  readonly mutation: Mutation | null;
  readonly state: State;
  readonly strike: (point: FaultPoint) => boolean;
  readonly kill: () => void;
};

function createSimDatabase(parts: Parts): Database {
  const { database, activity, state, strike } = parts;
  const track = async <T>(body: () => Promise<T>): Promise<T> => {
    activity.count += 1;
    try {
      if (state.isDead) throw new NodeGone();
      if (state.isCutOff) throw connectionLost();
      return await body();
    } finally {
      activity.count -= 1;
    }
  };
  const inTurn = <T>(body: () => Promise<T>): Promise<T> => {
    const turn = activity.queue.then(body, body);
    activity.queue = turn.catch(() => undefined);
    return turn;
  };
  const mutated = createMutated(parts.mutation);
  return {
    run: (statement, values) =>
      track(async () => {
        if (statement.name.startsWith('hint.')) return [];
        const isClaim = CLAIMS.test(statement.name);
        if (isClaim && strike('run_lost')) throw connectionLost();
        const rows = await mutated.run(database, statement, values);
        if (isClaim && strike('run_unanswered')) throw connectionLost();
        return rows;
      }),
    read: (body) => track(() => database.read((db) => body(mutated.wrapQueries(db)))),
    transaction: (body) => track(() => inTurn(() => transact(parts, mutated, body))),
    close: async () => undefined,
  };
}

async function transact<T>(
  parts: Parts,
  mutated: Mutated,
  body: (tx: Transaction) => Promise<T>,
): Promise<T> {
  const { database, state, strike, kill } = parts;
  if (state.isDead) throw new NodeGone();
  const isUndone = strike('crash_before_commit');
  if (isUndone || strike('commit_lost')) {
    const undone = await rollBack(database, (tx) => body(mutated.wrap(tx)));
    if (isUndone) {
      // What was promised to the caller goes out before the end.
      if (parts.mutation?.isAnsweringEarly === true) return undone;
      kill();
      throw new NodeGone();
    }
    throw new CommitUnknownError(connectionLost());
  }
  const result = await database.transaction((tx) => body(mutated.wrap(tx)));
  if (strike('crash_after_commit')) {
    kill();
    throw new NodeGone();
  }
  if (strike('commit_unanswered')) throw new CommitUnknownError(connectionLost());
  return result;
}

class Undone extends Error {}

async function rollBack<T>(database: Database, body: (tx: Transaction) => Promise<T>): Promise<T> {
  const decided: T[] = [];
  try {
    await database.transaction(async (tx) => {
      decided.push(await body(tx));
      throw new Undone('undone');
    });
  } catch (error) {
    if (!(error instanceof Undone)) throw error;
  }
  for (const result of decided) return result;
  throw new Undone('nothing was decided');
}

function connectionLost(): Error {
  return Object.assign(new Error('Connection terminated unexpectedly'), { code: 'ECONNRESET' });
}

type Mutated = {
  readonly run: (
    db: Queryable,
    statement: Statement,
    values: readonly unknown[],
  ) => Promise<readonly Row[]>;
  readonly wrap: (tx: Transaction) => Transaction;
  readonly wrapQueries: (db: Queryable) => Queryable;
};

/** Statements made of a pattern have its name and a number. */
function findByName<T>(
  changes: Readonly<Record<string, T>> | undefined,
  name: string,
): T | undefined {
  const found = Object.keys(changes ?? {}).find(
    (key) => name === key || name.startsWith(`${key}.`),
  );
  return found === undefined ? undefined : changes?.[found];
}

/** A rewritten statement needs a name of its own: it is prepared under it. */
function createMutated(mutation: Mutation | null): Mutated {
  const rewrite = (statement: Statement): Statement => {
    const change = findByName(mutation?.rewriteText, statement.name);
    if (mutation === null || change === undefined) return statement;
    const text = change(statement.text);
    if (text === statement.text) throw new Error(`${mutation.name} no longer changes anything`);
    return { name: `${mutation.name}.${statement.name}`.slice(0, 63), text };
  };
  const run: Mutated['run'] = async (db, statement, values) => {
    const rows = await db.run(rewrite(statement), values);
    const change = findByName(mutation?.rewriteRow, statement.name);
    return change === undefined ? rows : rows.map(change);
  };
  return {
    run,
    wrapQueries: (db) => ({ run: (statement, values) => run(db, statement, values) }),
    wrap: (tx) => ({
      run: (statement, values) => run(tx, statement, values),
      post: (statement, values) => tx.post(rewrite(statement), values),
      separate: tx.separate,
    }),
  };
}
