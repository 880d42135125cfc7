/**
 * One project of a document on its way into the database: what is wanted, what was there, and what
 * was wrong. A fault keeps its entry from being written and everything from being committed, but
 * the rest is looked at all the same, so that all faults are told at once.
 */
import type { ConfigProject } from '#contract/config/document.ts';
import { CHANNELS } from '#delivery/channels/index.ts';
import { CodedError, type ErrorDetail } from '#kernel/error-codes.ts';
import type { AddressKinds } from '#kernel/calling/address.ts';
import type { ChannelId, PolicyId, ResponderId } from '#kernel/id.ts';
import type { Instant } from '#kernel/instant.ts';
import type { Clock, Ids, Random } from '#kernel/ports.ts';
import type { Principal } from '#kernel/principal.ts';
import { findNearest } from '#kernel/syntax/nearest.ts';
import { invalid } from '#platform/http/resource.ts';
import type { Database, Transaction } from '#platform/postgres/postgres.ts';
import type { SecretBox } from '#platform/secret-box.ts';
import type { TellRemoved } from '#supervision/device.routes.ts';
import type { ProjectState } from '#app/configuration/state.ts';

/** What is a good address is the matter of the kind of channel. */
export const ADDRESS_KINDS: AddressKinds = new Map(
  CHANNELS.map((kind) => [kind.type, kind.findAddressFault]),
);

export type WriteDeps = {
  readonly database: Database;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly random: Random;
  readonly secretBox: SecretBox;
  readonly publicUrl: () => string;
  readonly tellRemoved: TellRemoved;
};

/** Name -> id; null: the one of that name was refused, which is told where it stands. */
export type NameBook<Id> = Map<string, Id | null>;

export type Generated = {
  readonly kind: 'source' | 'channel';
  readonly name: string;
  readonly field: string;
  readonly value: string;
  /** Of the token of a source. */
  readonly ingest_url: string | null;
};

export type Work = {
  readonly deps: WriteDeps;
  readonly tx: Transaction;
  readonly now: Instant;
  readonly wanted: ConfigProject;
  readonly by: Principal;
  /** Where it stands in the document: `projects[0]`. */
  readonly path: string;
  /** As it was; for a new project, as one begins. */
  readonly before: ProjectState;
  readonly channels: NameBook<ChannelId>;
  readonly policies: NameBook<PolicyId>;
  readonly responders: NameBook<ResponderId>;
  /** True: secrets that are left out may be made, because somebody will see them. */
  readonly isGenerating: boolean;
  readonly faults: ErrorDetail[];
  readonly generated: Generated[];
  /** Names of the sources whose token is another now. */
  readonly tokensChanged: Set<string>;
  readonly afterCommit: (() => void)[];
};

/** Refers to something that was refused itself: one fault, told once. */
class RefusedReference extends Error {}

type Place = {
  /** In the project: `rules[3]`; empty for its own fields. */
  readonly path: string;
  /** Learns that the one of this name was refused. */
  readonly book?: NameBook<unknown>;
  readonly name?: string;
};

/** Runs one step; what it refuses is noted. */
export async function attempt(
  work: Work,
  { path, book, name }: Place,
  step: () => Promise<void>,
): Promise<void> {
  try {
    await step();
  } catch (error) {
    const isRefusal = error instanceof CodedError || error instanceof RefusedReference;
    if (!isRefusal) throw error;
    if (error instanceof CodedError) {
      work.faults.push(...toFaults(error, path === '' ? work.path : `${work.path}.${path}`));
    }
    if (name !== undefined) book?.set(name, null);
  }
}

/** In the words of the document: where the routes say `channel_id`, it has `channel`. */
export function toFaults(error: CodedError, path: string): readonly ErrorDetail[] {
  if (error.details.length === 0) {
    return [{ path, message: [error.message, error.hint ?? ''].join(' ').trim() }];
  }
  return error.details.map((detail) => {
    const inner = detail.path.replace(/(channel|policy|responder)_id$/, '$1');
    return { path: inner === '' ? path : `${path}.${inner}`, message: detail.message };
  });
}

type Reference = { readonly kind: string; readonly name: string; readonly path: string };

/** The id of what is named, or the refusal that says what it may have been meant to be. */
export function resolve<Id>(book: NameBook<Id>, { kind, name, path }: Reference): Id {
  const id = book.get(name);
  if (id === null) throw new RefusedReference();
  if (id !== undefined) return id;
  const near = findNearest(name, [...book.keys()]);
  throw invalid(
    path,
    `the project has no ${kind} of that name${near === null ? '' : `; did you mean ${near}?`}`,
  );
}

export function resolveOrNull<Id>(
  book: NameBook<Id>,
  reference: { readonly kind: string; readonly name: string | null; readonly path: string },
): Id | null {
  const { name } = reference;
  return name === null ? null : resolve(book, { ...reference, name });
}

/** The places of a list that may be left out. */
export function listEntries<Entry>(
  entries: readonly Entry[] | undefined,
): readonly (readonly [number, Entry])[] {
  return [...(entries ?? []).entries()];
}
