/** One run of the simulator: what there is, and what was done so far. */
import type { JsonObject } from '#kernel/syntax/json.ts';
import type { Database } from '#platform/postgres/postgres.ts';
import type { ManualClock } from '#test/support/clock.ts';
import type { Ledger, PostedReport } from './seen/ledger.ts';
import type { Snapshot } from './seen/snapshot.ts';
import type { Plan } from './draw.ts';
import type { Network } from './network.ts';
import type { NodeBasis, SimNode } from './node.ts';
import type { MadeProject } from './world.ts';

export type Sim = {
  readonly plan: Plan;
  /** The invariants that are looked at; null = all. */
  readonly wanted: ReadonlySet<number> | null;
  readonly clock: ManualClock;
  readonly database: Database;
  readonly network: Network;
  readonly basis: NodeBasis;
  readonly ledger: Ledger;
  readonly nodes: SimNode[];
  readonly projects: readonly MadeProject[];
  /** Nodes ever started. */
  births: number;
  /** When the present episode of a label problem began. */
  readonly episodes: Map<string, number>;
  /** The last native request of each kind, to be repeated. */
  readonly lastEvents: Map<string, NativeRequest>;
  /** As it was before this step. */
  last: Snapshot;
  /** As it was when nothing was due any more. */
  rested: Snapshot | null;
};

export type NativeRequest = { readonly body: JsonObject; readonly report: PostedReport };
