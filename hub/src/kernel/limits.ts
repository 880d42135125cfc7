/** Every bound has a name here. Sizes are bytes or counts, durations milliseconds. */
import { MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE, MS_PER_SECOND } from './instant.ts';

export const LIMITS = {
  // kernel
  jsonDepthMax: 32,
  /** Details in the answer to a body that is refused. */
  errorDetailsMax: 100,
  joinLabelsMax: 8,
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
  /** Bodies over bodyBytesMax, of the kinds of sources that may have them, at once. */
  largeBodiesMax: 4,
  /** Between two lines of the log about wrong signatures of one source. */
  refusalLogGapMs: MS_PER_MINUTE,
  /** A group of Alertmanager has no bound of its own, and what is refused never comes again. */
  alertsPerWebhookMax: 10_000,
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
  /** One pointer, template or constant of a mapping. */
  mappingTextCharsMax: 1_024,
  /** Expressions of which the first counts that has a value. */
  mappingChoicesMax: 8,
  /** Words of a table of severities or states. */
  mappingWordsMax: 200,
  /** What a mapping may build for one request, counted as it builds. */
  mappingWorkCharsMax: 6_000_000,
  /** Of each text that a template reads or makes, and the entries of a list. */
  templateTextCharsMax: 16_384,
  templateListMax: 1_000,
  /** Reports of a try-out that tell where each field came from, and what they tell. */
  triedReportsMax: 20,
  triedNotesMax: 300,
  retryAfterS: 2,
  /** De-duplication keys deleted in one transaction. */
  eventKeyExpiryMax: 1_000,
  /** Both clocks are kept; further apart than this, an event is flagged as skewed. */
  clockSkewMaxMs: 5 * MS_PER_MINUTE,

  /** A mail as it was received: providers take 30 MB and more, which base64 makes a third longer. */
  pecMailBytesMax: 48 * 1024 * 1024,
  pecHeaderBytesMax: 262_144,
  pecHeadersMax: 500,
  /** Parts of one multipart. */
  pecPartsMax: 200,
  /** What a provider writes into a receipt for people; a longer text is not read. */
  pecTextBytesMax: 131_072,
  /** Of daticert.xml; one of a thousand recipients has about 100 KB. */
  pecDaticertBytesMax: 524_288,
  pecRecipientsMax: 1_000,
  /** Addresses of a mail that its event keeps. */
  pecAddressesMax: 50,
  /** Of smime.p7s, and the certificates in it. */
  pecSignatureBytesMax: 65_536,
  pecCertificatesMax: 8,
  /** Certificates between the signer's and a trusted one. */
  pecPathMax: 3,
  /** Certificates that a source trusts, and all of them as text. */
  pecTrustedMax: 64,
  pecTrustedCharsMax: 60_000,
  /** What is remembered of a message that was sent: after a day its provider has given up. */
  sentMailKeptMs: 30 * MS_PER_DAY,
  // redaction
  /** Names, patterns and regions that a project adds, of each. */
  redactionRulesMax: 64,
  /** Versions of what a project masks that are listed, the newest first. */
  redactionVersionsMax: 500,
  /** Of a file that `tocsin redact` looks at, and the places that it lists for a person. */
  redactBytesMax: 16 * 1024 * 1024,
  redactPlacesShownMax: 200,
  /** JSON in text in JSON, percent-encoding in query parameters: so deep it is looked into. */
  redactionDepthMax: 4,
  /** Rounds until nothing more is found; masks can put together what stood apart. */
  redactionRoundsMax: 6,
  /** Texts known to be clean, and the longest that is remembered. */
  cleanTextsMax: 4_096,
  cleanTextCharsMax: 256,

  /** Events that one request for a list of them looks at; the cursor goes on from there. */
  eventScanMax: 20_000,

  // alert
  /** Alerts that one request answers, in one transaction. */
  bulkAlertsMax: 200,
  alertmanagerListMax: 20_000,
  detailCharsMax: 2_000,
  pageMax: 500,
  pageDefault: 50,
  timelineMax: 1_000,
  /** Alerts archived, or forgotten, in one transaction. */
  retentionBatchMax: 500,
  retentionBeatMs: MS_PER_MINUTE,

  // escalation
  /** After an outage of ours, a source has this long to report again before its end counts. */
  sourceGraceMs: 2 * MS_PER_MINUTE,
  /** A due row that waits longer than this is told by /readyz. */
  overdueAlarmMs: 10 * MS_PER_SECOND,
  selfWatchMs: 5 * MS_PER_SECOND,
  /** Between two counts of the open alerts, which read the index of all of them. */
  openCountMs: 30 * MS_PER_SECOND,
  /** Rounds that nobody gets and nobody was told of, found in one beat. */
  untoldRoundsMax: 200,
  untoldRoundsBeatMs: 5 * MS_PER_MINUTE,
  nobodyCountMax: 1_000,
  /** Recipients named in one line of a timeline. */
  namesPerLineMax: 12,
  policyDelayMaxS: 30 * 24 * 3_600,
  policyLabelCharsMax: 200,
  policyStepsMax: 32,
  policyTargetsMax: 32,
  addressesPerResponderMax: 8,
  responderPositionMax: 1_000_000,
  respondersPerProjectMax: 200,
  /** Due rows moved in one transaction. */
  dueBatchMax: 200,
  /** A due row that broke its decision this often is set aside and alarmed. */
  poisonClaimsMax: 3,
  suspectsPerBeatMax: 50,
  /** Claims remembered while the database is away; more than these wait as suspects do. */
  innocentClaimsMax: 1_000,

  /** Calls that a drill tells of, and due moments it passes: a policy may repeat for days. */
  drillCallsMax: 100,
  drillWakesMax: 1_000,
  drillWarningsMax: 50,

  // delivery
  /** Test messages by channels: under way on a node, waited for, and the pause between two. */
  channelTestsMax: 8,
  channelTestMaxMs: 45 * MS_PER_SECOND,
  channelTestGapMs: 2 * MS_PER_SECOND,
  channelSlotsMax: 32,
  claimBatchMax: 200,
  sendsUnderWayMax: 1_000,
  completionBatchMax: 200,
  deliveryAgeMaxMs: MS_PER_DAY,
  /** A link in a message can be pressed this long after it was written. */
  linkAgeMaxMs: 7 * MS_PER_DAY,
  linkTokenCharsMax: 64,
  linkDetailCharsMax: 500,
  /** What a page of ours posts. */
  formBytesMax: 8 * 1024,
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
  /** Values of one key of a rule's filter. */
  filterValuesMax: 100,
  answerBytesMax: 4_096,
  webhookTimeoutMs: 10 * MS_PER_SECOND,
  /** RFC 5321: before the last `@`, and the whole address in angle brackets. */
  mailLocalPartCharsMax: 64,
  mailAddressCharsMax: 254,
  mailHostCharsMax: 253,
  /** Addresses in one channel's `to_email`; each gets its own message. */
  mailRecipientsMax: 20,
  mailSubjectCharsMax: 400,
  /** Servers look for viruses before they answer to a message; cut off, it may arrive twice. */
  mailTimeoutMs: 60 * MS_PER_SECOND,
  /** What a greylisting server wants us to wait at least. */
  greylistWaitMs: 5 * MS_PER_MINUTE,
  maxAttemptsMax: 10,

  // supervision
  /** A device whose alarms are about people: UL 2560 wants a fault told within as much. */
  careSilentMs: 90 * MS_PER_SECOND,
  cameraSilentMs: 3 * MS_PER_MINUTE,
  /** A camera that may be silent is looked at so often while its box says nothing. */
  silentBoxRetryMs: MS_PER_MINUTE,
  /** A moment that lies so far ahead of us was noted by a clock that was set back since. */
  momentAheadMaxMs: MS_PER_MINUTE,
  camerasPerHeartbeatMax: 256,
  devicesPerProjectMax: 20_000,
  deviceCursorCharsMax: 4_096,
  deviceStateCharsMax: 64,
  heartbeatDetailsCharsMax: 4_096,
  cameraDetailsCharsMax: 512,
  frameAgeMaxMs: 366 * MS_PER_DAY,
  /** Events of one device within this time write its row once. */
  deviceRenewMs: 500,
  /** Devices, or sources, looked at in one transaction. */
  silenceBatchMax: 100,
  pulseBeatMs: MS_PER_SECOND,

  // import
  /** One alert of a file of another program, as JSON. */
  importAlertCharsMax: 1_000_000,
  /** Alerts that one request imports, in one transaction. */
  importAlertsMax: 100,
  importBodyBytesMax: 3_500_000,
  importBodyValuesMax: 60_000,
  importDepthMax: 24,
  importFileBytesMax: 256 * 1024 * 1024,
  /** Entries of one list of an imported alert: the first and the last of them. */
  importListMax: 500,
  /** Rounds that another program says it has called out. */
  importRoundsMax: 200,
  importRequestMaxMs: MS_PER_MINUTE,
  importTriesMax: 5,
  /** Of a command whose answer got lost on the way. */
  lostTriesMax: 3,
  importWarningsMax: 20,

  // delivery: what people read
  actionPageBytesMax: 14 * 1024,
  actionPageNameCharsMax: 80,
  actionPageTitleCharsMax: 200,
  textDetailCharsMax: 500,
  textDetailLinesMax: 8,
  textDetailsMax: 24,
  textLabelCharsMax: 100,
  textNameCharsMax: 128,
  /** What a phone shows of a subject, and some more. */
  textSubjectCharsMax: 150,
  textSubjectLabelCharsMax: 50,
  textTitleCharsMax: 300,

  // configuration as code
  configDepthMax: 24,
  configEntriesMax: 1_000,
  configFileBytesMax: 2 * 1024 * 1024,
  configProjectsMax: 100,
  configValuesMax: 90_000,
  secretFileBytesMax: 64 * 1024,

  // stream
  /** Live streams that one node holds open; over it 503. */
  streamsMax: 500,
  /** Of one key, so that a script that forgets to close does not shut the others out. */
  streamsPerPrincipalMax: 100,
  /** Bytes that wait for a slow reader; over it the reader is told to read the list again. */
  streamBufferBytesMax: 2 * 1024 * 1024,
  streamBeatMs: 2 * MS_PER_SECOND,
  /** One read of what changed per node and this long at most, while somebody listens. */
  streamReadMs: 200,
  /** A change may become readable this long after the time it carries; must exceed writeMaxMs. */
  streamOverlapMs: 10 * MS_PER_SECOND,
  /** What nearly every change keeps to: reads go back this far, and now and then the whole way. */
  streamShortOverlapMs: 2 * MS_PER_SECOND,
  streamWholeReadMs: 2 * MS_PER_SECOND,
  /** Names of changed alerts in one read; more of them are a gap. */
  streamNamesMax: 20_000,
  /** Changes told to one listener at once; with more it had better read the list. */
  streamChangesMax: 1_000,
  /** Whole alerts in one read, for all listeners. */
  streamAlertsMax: 2_000,
  /** An older cursor is answered with `resync`. */
  streamResumeMaxMs: 5 * MS_PER_MINUTE,
  /** A revoked key loses its streams after this long, and credentialCacheMs, at the latest. */
  streamCheckMs: MS_PER_SECOND,
  /** A reader that takes nothing for so long is gone. */
  streamStallMaxMs: 30 * MS_PER_SECOND,
  streamKeepAliveMs: 15 * MS_PER_SECOND,

  // access
  /** One side of a change, as JSON text; what is larger is left out of the audit, and said so. */
  auditSideCharsMax: 65_536,
  /** Rows sealed in one transaction; while there are more, the next beat comes at once. */
  auditSealBatchMax: 500,
  auditSealMs: MS_PER_SECOND,
  /** Rows that wait longer than this to be sealed are told by /readyz. */
  auditUnsealedAlarmMs: MS_PER_MINUTE,
  auditUnsealedCountMax: 10_000,
  /** Rows of one page of a verification or an export. */
  auditPageMax: 200,
  /** Of one chain: rows that are not proven, holes, and faults that are remembered. */
  auditSuspectsMax: 1_000,
  /** Of one chain, told in an answer. */
  auditFaultsMax: 100,
  /** Heads that one verification compares with. */
  auditWitnessesMax: 10_000,
  auditHeadsFileBytesMax: 4 * 1024 * 1024,
  /** A file of heads, or a log, that the command line reads. */
  auditLogBytesMax: 64 * 1024 * 1024,
  administratorsMax: 16,
  retentionDaysMax: 36_500,
  nameCharsMax: 200,
  projectIdCharsMax: 64,
  credentialCharsMax: 512,
  credentialCacheMax: 10_000,
  /** Also how long a revoked key still works on a node that did not hear of it. */
  credentialCacheMs: MS_PER_SECOND,
  adminKeyCharsMin: 32,
  /** Between two notes of when a key or a session was last used. */
  useNoteMs: 30 * MS_PER_SECOND,
  loginCharsMax: 254,
  rolesPerOperatorMax: 500,
  passwordCharsMin: 12,
  passwordCharsMax: 256,
  /** A password of fewer different characters is no password. */
  passwordDistinctMin: 5,
  /** Argon2id as OWASP advises it; a login under other numbers is hashed anew. */
  passwordMemoryKib: 19_456,
  passwordPasses: 2,
  passwordLanes: 1,
  passwordSaltBytes: 16,
  passwordHashBytes: 32,
  /** Passwords hashed at once on a node, and waiting for it; over it 503. */
  passwordHashesMax: 2,
  passwordWaitingMax: 50,
  totpSecretBytes: 20,
  totpPeriodMs: 30 * MS_PER_SECOND,
  /** Clocks of telephones are wrong by so many periods, either way. */
  totpWindow: 1,
  recoveryCodesMax: 10,
  recoveryCodeBytes: 10,
  /** The link that `operator create` and `operator reset` answer. */
  setUpLinkMs: MS_PER_DAY,
  /** The one that a hub without operators prints when it starts. */
  firstLinkMs: MS_PER_HOUR,
  /** A session ends when nobody used it for so long; an open board uses it. */
  sessionIdleMs: 12 * MS_PER_HOUR,
  sessionMs: 7 * MS_PER_DAY,
  sessionsPerOperatorMax: 50,
  sessionAgentCharsMax: 200,
  /** Guesses without a wait: at one name, from one address, by one browser that is known. */
  guessesPerNameMax: 5,
  guessesPerAddressMax: 30,
  guessesPerBrowserMax: 5,
  /** The first wait; each further guess doubles it, up to the longest. */
  guessWaitMinMs: 5 * MS_PER_SECOND,
  guessWaitMaxMs: 15 * MS_PER_MINUTE,
  /** Without a guess for so long, all are forgotten. */
  guessForgetMs: MS_PER_DAY,
  knownBrowserMs: 365 * MS_PER_DAY,
  knownLoginsPerBrowserMax: 4,
  /** Rows of ended sessions, links and guesses deleted in one transaction. */
  accessExpiryMax: 1_000,

  // demo
  /** Until a reminder that is due in seconds counts as not coming. */
  demoWaitMaxS: 60,

  // doctor
  diskFreeWarnBytes: 2_000_000_000,
  /** Under this the database may stop at any moment. */
  diskFreeFailBytes: 300_000_000,
  doctorProbeMaxMs: 5 * MS_PER_SECOND,
  doctorProjectsMax: 50,

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
  smtpConnectMaxMs: 10 * MS_PER_SECOND,
  /** From the connection to the end of the TLS handshake; some servers greet late on purpose. */
  smtpSetupMaxMs: 30 * MS_PER_SECOND,
  /** Per server and credentials; more messages wait for one of them. */
  smtpConnectionsPerServerMax: 4,
  smtpMessagesPerConnectionMax: 100,
  /** Kept open without work, this long and this many over all servers. */
  smtpIdleMs: 15 * MS_PER_SECOND,
  smtpIdleConnectionsMax: 100,
  /** Under way at once, waiting ones included; over it they are `unsent`. */
  smtpInFlightMax: 1_000,
  smtpReplyBytesMax: 16 * 1024,
  smtpReplyCharsMax: 500,
  smtpQuitMaxMs: 2 * MS_PER_SECOND,
  /** At the stop: then messages under way are cut off. */
  smtpCloseMaxMs: 5 * MS_PER_SECOND,
  effectRoundsMax: 16,
  nodeRenewMs: 2 * MS_PER_SECOND,
  nodeLeaseMs: 6 * MS_PER_SECOND,
  pollMs: MS_PER_SECOND,
  clockOffsetMaxMs: MS_PER_SECOND,
  stopMaxMs: 10 * MS_PER_SECOND,
  statementTimeoutMs: 30 * MS_PER_SECOND,
  /** One statement that may write: what it writes is readable within streamOverlapMs, or never. */
  writeMaxMs: 8 * MS_PER_SECOND,
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
  headersMax: 200,
  /** Of one principal on one node: at once, and from then on. Answers to alerts do not count. */
  readsBurstMax: 600,
  readsPerSecondMax: 100,
  writesBurstMax: 300,
  writesPerSecondMax: 30,
  /** Wrong keys of one network. */
  guessesBurstMax: 60,
  guessesPerSecondMax: 1,
  ratedNamesMax: 10_000,
  idempotencyKeyCharsMax: 255,
  idempotencyKeepMs: MS_PER_DAY,
  /** What is claimed and not answered by then was lost with its process. */
  idempotencyRunMaxMs: 2 * MS_PER_MINUTE,
  /** A larger answer is not kept: sent again, it is said that it was done. */
  idempotencyAnswerBytesMax: 1024 * 1024,
  /** Answers deleted in one transaction. */
  idempotencyExpiryMax: 1_000,
  /** Requests with a key under way on a node, and in line; answers of people count apart. */
  wholeRequestsMax: 3,
  wholeRequestsWaitingMax: 200,
  /** Over it the connection goes that has waited longest without a known principal. */
  openConnectionsMax: 4_096,
  /** How often slow requests are looked for; what is too slow may live so much longer. */
  connectionsCheckMs: 5 * MS_PER_SECOND,
  /** An id in a path, percent-encoded. */
  pathPartCharsMax: 4_096,
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
