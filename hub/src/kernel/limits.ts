/** Every bound has a name here. Sizes are bytes or counts, durations milliseconds. */
import { MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE, MS_PER_SECOND } from './instant.ts';

export const LIMITS = {
  // kernel
  jsonDepthMax: 32,
  /** Details in the answer to a body that is refused. */
  errorDetailsMax: 100,
  jsonPathCharsMax: 200,
  jsonValuesMax: 100_000,
  matcherCharsMax: 2_048,
  regexCharsMax: 1_024,
  /** Size of the compiled program: `.{999}` is short but large. */
  regexInstructionsMax: 2_000,

  // intake
  /** One request; Prometheus sends at most 256 alerts, we take 1,000 events. */
  bodyBytesMax: 4 * 1024 * 1024,
  eventsPerRequestMax: 1_000,
  /** Events committed together when requests share a transaction. */
  eventsPerFlushMax: 200,
  flushersMax: 2,
  /** Events waiting for a flusher; over it 503, never a wait without end. */
  intakeQueueMax: 20_000,
  /** How long intake tries to store a request before it says 503. */
  intakeWaitMaxMs: 8 * MS_PER_SECOND,
  alertIdCharsMax: 128,
  annotationCharsMax: 16_384,
  annotationsMax: 64,
  identifierCharsMax: 256,
  labelNameCharsMax: 256,
  labelValueCharsMax: 4_096,
  labelsMax: 64,
  /** Free JSON of a sender (payload, analyse, camera_ip_map), as text. */
  payloadCharsMax: 65_536,
  previewCharsMax: 280,
  severityCharsMax: 64,
  titleCharsMax: 1_024,
  contentCharsMax: 65_536,
  urlCharsMax: 2_048,
  /** Alertmanager's resolve_timeout: an alert without endsAt ends this long after its last post. */
  resolveTimeoutMs: 5 * MS_PER_MINUTE,
  retryAfterS: 2,
  /** De-duplication keys deleted in one transaction. */
  eventKeyExpiryMax: 1_000,
  /** Both clocks are kept; further apart than this, an event is flagged as skewed. */
  clockSkewMaxMs: 5 * MS_PER_MINUTE,

  // alert
  alertmanagerListMax: 20_000,
  detailCharsMax: 2_000,
  pageMax: 500,
  pageDefault: 50,
  timelineMax: 1_000,

  // escalation
  /** After an outage of ours, a source has this long to report again before its end counts. */
  sourceGraceMs: 2 * MS_PER_MINUTE,
  /** A due row that waits longer than this is told by /readyz. */
  overdueAlarmMs: 10 * MS_PER_SECOND,
  nobodyCountMax: 1_000,
  policyDelayMaxS: 30 * 24 * 3_600,
  policyLabelCharsMax: 200,
  policyStepsMax: 32,
  policyTargetsMax: 32,
  /** Due rows moved in one transaction. */
  dueBatchMax: 200,
  /** A due row that broke its decision this often is set aside and alarmed. */
  poisonClaimsMax: 3,
  suspectsPerBeatMax: 50,

  // delivery
  channelSlotsMax: 32,
  claimBatchMax: 200,
  sendsUnderWayMax: 1_000,
  completionBatchMax: 200,
  deliveryAgeMaxMs: MS_PER_DAY,
  retryJitterMax: 0.2,
  retryAfterDefaultMs: MS_PER_MINUTE,
  /** A rate limit without a wait must not become a loop: it uses up no attempt. */
  rateLimitWaitMinMs: MS_PER_SECOND,
  configTextCharsMax: 1_000,
  secretCharsMax: 8_192,
  secretsMax: 16,
  webhookSecretBytesMin: 24,
  webhookSecretBytesMax: 64,
  errorCharsMax: 500,
  matchersPerRuleMax: 32,
  eventTypesMax: 32,
  answerBytesMax: 4_096,
  webhookTimeoutMs: 10 * MS_PER_SECOND,
  maxAttemptsMax: 10,

  // access
  nameCharsMax: 200,
  projectIdCharsMax: 64,
  credentialCharsMax: 512,
  credentialCacheMax: 10_000,
  /** Also how long a revoked key still works on a node that did not hear of it. */
  credentialCacheMs: MS_PER_SECOND,
  adminKeyCharsMin: 32,

  // platform
  /** Texts of one insert by which columns differ, and of merged writes, prepared per connection. */
  insertShapesMax: 128,
  mergedWritesMax: 512,
  cidrsMax: 256,
  masterKeysMax: 16,
  httpConnectMaxMs: 10 * MS_PER_SECOND,
  httpConnectionsPerOriginMax: 512,
  httpOriginsMax: 2_000,
  /** Requests under way at once, queued ones included; over it they are `unsent`. */
  httpInFlightMax: 1_000,
  effectRoundsMax: 16,
  nodeRenewMs: 2 * MS_PER_SECOND,
  nodeLeaseMs: 6 * MS_PER_SECOND,
  pollMs: MS_PER_SECOND,
  clockOffsetMaxMs: MS_PER_SECOND,
  stopMaxMs: 10 * MS_PER_SECOND,
  statementTimeoutMs: 30 * MS_PER_SECOND,
  /** A database that says nothing at all: then the connection is given up. */
  queryWaitMaxMs: 35 * MS_PER_SECOND,
  lockTimeoutMs: 5 * MS_PER_SECOND,
  partitionSpanMs: 7 * MS_PER_DAY,
  partitionsAheadMax: 4,
  /** A waiting partition change makes everybody queue up behind it. */
  partitionLockMaxMs: MS_PER_SECOND,
  /** Moved out of event_rest under a lock that stops intake; more than this stay there. */
  partitionMoveRowsMax: 50_000,
  migrationConnectMaxMs: 10 * MS_PER_SECOND,
  migrationLockMaxMs: 5 * MS_PER_SECOND,
  headerBytesMax: 16 * 1024,
  keepAliveMs: 72 * MS_PER_SECOND,
  requestReceiveMaxMs: 30 * MS_PER_SECOND,
  nodeHistoryMs: MS_PER_HOUR,
  housekeepingMs: MS_PER_HOUR,
  /** How long a sender's own event id counts for de-duplication. */
  eventKeyKeepMs: 30 * MS_PER_DAY,

  // platform: the embedded database
  databaseConnectionsMax: 60,
  databaseIdleInTransactionMs: MS_PER_MINUTE,
  databaseInitMaxMs: 2 * MS_PER_MINUTE,
  databaseLogLineCharsMax: 2_000,
  /** Lines of its log kept for the sentence that says why it did not start. */
  databaseLogLinesMax: 40,
  databaseProbeMaxMs: 10 * MS_PER_SECOND,
  databaseRestartDelayMinMs: 100,
  databaseRestartDelayMaxMs: 10 * MS_PER_SECOND,
  /** Up for this long, the database counts as healthy: the next restart is quick again. */
  databaseStableMs: MS_PER_MINUTE,
  /** Replay of 512 MB of log takes seconds; slow disks get minutes. */
  databaseStartMaxMs: 5 * MS_PER_MINUTE,
  /** From the friendly signal to the harder one, and from that to SIGKILL. */
  databaseStopMaxMs: 8 * MS_PER_SECOND,
  databaseQuitMaxMs: 2 * MS_PER_SECOND,
  programOutputCharsMax: 65_536,
  /** Of a unix socket, without the closing zero byte. */
  socketPathBytesMax: 107,
} as const;
