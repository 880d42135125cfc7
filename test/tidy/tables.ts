/**
 * Which stage owns which SQL table. A name ending in `*` is a prefix. A table that a migration
 * creates and nobody owns fails the tidy test, so this list grows with the migrations.
 */
export const STAGE_TABLES: Readonly<Record<string, readonly string[]>> = {
  intake: ['intake_*', 'event', 'event_*', 'source', 'source_*'],
  redaction: ['redaction_*'],
  dossier: ['dossier_*'],
  alert: ['alert', 'alert_*', 'timeline', 'timeline_*'],
  escalation: ['escalation', 'escalation_*', 'policy', 'policy_*', 'responder', 'responder_*'],
  delivery: [
    'delivery_*',
    'channel',
    'channel_*',
    'rule',
    'rule_*',
    'notification',
    'notification_*',
    'attempt',
    'attempt_*',
    'receipt',
    'receipt_*',
    'template',
    'template_*',
  ],
  'work-order': ['work_order', 'work_order_*'],
  recurrence: ['recurrence_*', 'run', 'run_*', 'work_item', 'work_item_*'],
  supervision: ['supervision_*', 'device', 'device_*', 'heartbeat', 'heartbeat_*', 'source_pulse'],
  access: [
    'access_*',
    'project',
    'project_*',
    'operator',
    'operator_*',
    'api_key',
    'api_key_*',
    'login_*',
    'session',
    'session_*',
    'audit',
    'audit_*',
  ],
  platform: [
    'hub_secret',
    'idempotency_*',
    'platform_*',
    'node',
    'node_*',
    'keyring',
    'keyring_*',
    'migration',
    'migration_*',
  ],
};

export type TableException = {
  readonly path: string;
  readonly table: string;
  readonly why: string;
};

/** Every file that may name a table of another stage. Keep it short: each line is a coupling. */
export const TABLE_EXCEPTIONS: readonly TableException[] = [
  {
    path: 'hub/src/escalation/store.ts',
    table: 'alert',
    why: 'due rows are claimed through `for update of alert skip locked`: locking the due row \
first deadlocked with intake, which locks head, alert, children (ENGINE 8)',
  },
  {
    path: 'hub/src/escalation/store.ts',
    table: 'node',
    why: 'a claim takes over the rows of nodes whose lease has run out, in the same statement',
  },
  {
    path: 'hub/src/delivery/store.ts',
    table: 'node',
    why: 'a claim takes over the rows of nodes whose lease has run out, in the same statement',
  },
];

/** The stage that owns a table, or null when it is none of ours (CTEs, catalogue tables). */
export function findTableOwner(table: string): string | null {
  let owner: string | null = null;
  let matchedChars = -1;
  for (const [stage, patterns] of Object.entries(STAGE_TABLES)) {
    for (const pattern of patterns) {
      const isMatch = pattern.endsWith('*')
        ? table.startsWith(pattern.slice(0, -1))
        : table === pattern;
      if (!isMatch || pattern.length <= matchedChars) continue;
      owner = stage;
      matchedChars = pattern.length;
    }
  }
  return owner;
}
