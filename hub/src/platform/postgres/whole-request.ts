/**
 * One transaction for all that a request writes, so that something else can be committed together
 * with it. While one is open, every `transaction`, `read` and `run` of a joining database that is
 * called from its `run` becomes a part of it, behind a savepoint: what fails takes back itself
 * alone, as it would by itself. They go one after the other, however they were called.
 *
 * Danger: what is called after the commit (`callAfterCommit`: caches, hints, beats) must not be
 * called within, where others would not see the change yet. Only routes get a joining database:
 * caches and loops outlive the request, and must never read what may still be taken back.
 * Behind a pooler, and on one session in all: a part never waits for a second session.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import {
  asError,
  CommitUnknownError,
  createTransaction,
  type Database,
  findFirstError,
  runBody,
  settle,
  type Transaction,
} from './postgres.ts';
import { statement } from './statement.ts';

export type WholeRequest = {
  readonly tx: Transaction;
  /** Whatever joins is called from here. */
  readonly run: (body: () => void) => void;
  /** What has to be called is called, also when nobody knows whether it was committed. */
  readonly commit: () => Promise<void>;
  readonly rollBack: () => Promise<void>;
};

/** A transaction, or a part of one: its parts wait for each other. */
type Level = { readonly tx: Transaction; last: Promise<unknown> };
type Whole = { isOpen: boolean; readonly afterCommit: (() => void)[] };
type Frame = { readonly whole: Whole; readonly level: Level };

const storage = new AsyncLocalStorage<Frame | null>();

function currentFrame(): Frame | null {
  const frame = storage.getStore() ?? null;
  return frame?.whole.isOpen === true ? frame : null;
}

/** At once where no whole request is open. */
export function callAfterCommit(body: () => void): void {
  const frame = currentFrame();
  if (frame === null) body();
  else frame.whole.afterCommit.push(body);
}

class RolledBack extends Error {}

export async function beginWholeRequest(database: Database): Promise<WholeRequest> {
  const opened = Promise.withResolvers<Transaction>();
  const ending = Promise.withResolvers<void>();
  const ended = database.transaction(async (opening) => {
    opened.resolve(opening);
    await ending.promise;
  });
  ended.catch(opened.reject);
  const tx = await opened.promise;
  const whole: Whole = { isOpen: true, afterCommit: [] };
  const level: Level = { tx, last: Promise.resolve() };
  const close = async () => {
    // A part that nobody has waited for is a part all the same.
    await level.last;
    whole.isOpen = false;
  };
  return {
    tx,
    run: (body) => storage.run({ whole, level }, body),
    commit: async () => {
      await close();
      ending.resolve();
      try {
        await ended;
      } catch (error) {
        if (!(error instanceof CommitUnknownError)) throw error;
        callAll(whole.afterCommit);
        throw error;
      }
      callAll(whole.afterCommit);
    },
    rollBack: async () => {
      await close();
      ending.reject(new RolledBack());
      await settle(ended);
    },
  };
}

/** Outside of the request: what they start goes on after it. */
function callAll(bodies: readonly (() => void)[]): void {
  storage.run(null, () => {
    for (const body of bodies) body();
  });
}

/** For routes: a part of the whole request where there is one, else as it was. */
export function joinWholeRequests(database: Database): Database {
  return {
    run: (text, values) => {
      const frame = currentFrame();
      if (frame === null) return database.run(text, values);
      return takeTurn(frame, () => runPart(frame, (tx) => tx.run(text, values)));
    },
    transaction: (body) => {
      const frame = currentFrame();
      if (frame === null) return database.transaction(body);
      return takeTurn(frame, () => runPart(frame, body));
    },
    read: (body) => {
      const frame = currentFrame();
      if (frame === null) return database.read(body);
      return takeTurn(frame, () => runPart(frame, body));
    },
    close: () => database.close(),
  };
}

function takeTurn<T>({ level }: Frame, body: () => Promise<T>): Promise<T> {
  const turn = level.last.then(body);
  level.last = settle(turn);
  return turn;
}

const SAVE = statement('postgres.save_part', 'savepoint part');
const KEEP = statement('postgres.keep_part', 'release savepoint part');
const TAKE_BACK = statement('postgres.take_back_part', 'rollback to savepoint part');

/** As a transaction is run, with a savepoint for begin and its release for commit. */
async function runPart<T>(
  { whole, level: { tx: outer } }: Frame,
  body: (tx: Transaction) => Promise<T>,
): Promise<T> {
  await outer.run(SAVE, []);
  const posted: Promise<unknown>[] = [];
  const tx = createTransaction((write) => outer.run(write.statement, write.values), posted);
  const level: Level = { tx, last: Promise.resolve() };
  try {
    const result = await runBody(
      (inner) => storage.run({ whole, level }, () => body(inner)),
      tx,
      posted,
    );
    await level.last;
    tx.sendPosts();
    const first = await findFirstError([...posted, settle(outer.run(KEEP, []))]);
    if (first !== null) throw asError(first);
    return result;
  } catch (error) {
    // Where this fails too, the whole cannot be committed any more.
    await settle(outer.run(TAKE_BACK, []));
    await settle(outer.run(KEEP, []));
    throw error;
  }
}
