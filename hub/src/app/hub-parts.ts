/** What a hub is made from: the outside world, and how it is set up. */
import type { Clock, Http, Ids, Log, Random, Reach, Smtp } from '#kernel/ports.ts';
import type { Rates } from '#platform/http/guard/rate-limits.ts';
import type { AuditHeadsFile } from '#platform/audit-heads-file.ts';
import type { Metrics } from '#platform/metrics.ts';
import type { Database } from '#platform/postgres/postgres.ts';
import type { SecretBox } from '#platform/secret-box.ts';

export type Disk = { readonly freeBytes: number; readonly totalBytes: number };

export type HubParts = {
  readonly database: Database;
  readonly clock: Clock;
  readonly isClockTrusted: () => boolean;
  readonly ids: Ids;
  readonly random: Random;
  readonly log: Log;
  readonly http: Http;
  readonly smtp: Smtp;
  readonly reach: Reach;
  /** Bytes left where the database keeps its files; null when that is not this machine. */
  readonly readDisk: () => Promise<Disk | null>;
  /** Where it is told how far the chains of the audit have got; null: in the log alone. */
  readonly auditHeads: AuditHeadsFile | null;
  readonly metrics: Metrics;
  readonly secretBox: SecretBox;
  readonly adminKey: string;
  readonly publicUrl: () => string;
  /** How much a principal may ask for; null: as much as it likes. */
  readonly rates: Rates | null;
  readonly isMetricsPublic: boolean;
  readonly isDocsPublic: boolean;
  readonly roles: readonly string[];
  /** The database is ours alone: rows of other nodes are processes that have died. */
  readonly isAlone: boolean;
  readonly flushersMax?: number;
  /** New work on this node: `inMs` from now at the latest. */
  readonly onWork: (beat: 'escalation' | 'delivery' | 'stream', inMs: number) => void;
};
