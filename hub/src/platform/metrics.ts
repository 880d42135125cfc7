/** Metrics in Prometheus' format. Names and labels are part of the contract. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

export type Metrics = ReturnType<typeof createMetrics>;

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

export function createMetrics(version: string) {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'tocsin_' });
  const registers = [registry];
  createBuildInfo(registers, version);
  return {
    registry,
    ...createIntakeMetrics(registers),
    ...createSupervisionMetrics(registers),
    ...createCallingMetrics(registers),
    ...createAuditMetrics(registers),
    ...createGuardMetrics(registers),
  };
}

function createGuardMetrics(registers: Registry[]) {
  return {
    limited: new Counter({
      name: 'tocsin_http_rate_limited_total',
      help: 'Requests refused with 429, by what there were too many of.',
      labelNames: ['what'],
      registers,
    }),
    connectionsDropped: new Counter({
      name: 'tocsin_http_connections_dropped_total',
      help: 'Connections closed without a known sender, to let new ones in.',
      registers,
    }),
  };
}

function createBuildInfo(registers: Registry[], version: string): void {
  const info = new Gauge({
    name: 'tocsin_build_info',
    help: 'Always 1; which version of Tocsin and of Node runs.',
    labelNames: ['version', 'node'],
    registers,
  });
  info.set({ version, node: process.versions.node }, 1);
}

function createIntakeMetrics(registers: Registry[]) {
  return {
    requests: new Histogram({
      name: 'tocsin_http_request_seconds',
      help: 'Time from the first byte of a request to the last of its answer.',
      labelNames: ['route', 'method', 'status'],
      buckets: SECONDS,
      registers,
    }),
    events: new Counter({
      name: 'tocsin_intake_events_total',
      help: 'Events stored.',
      registers,
    }),
    refusedSignatures: new Counter({
      name: 'tocsin_intake_refused_signatures_total',
      help: 'Reports refused because their signature was missing or wrong, by kind of source.',
      labelNames: ['kind'],
      registers,
    }),
    masked: new Counter({
      name: 'tocsin_redacted_total',
      help: 'Values masked in what came in and was stored, by what they were.',
      labelNames: ['class'],
      registers,
    }),
    flushes: new Counter({
      name: 'tocsin_intake_flushes_total',
      help: 'Transactions that stored events.',
      registers,
    }),
    alerts: new Counter({
      name: 'tocsin_alerts_total',
      help: 'Alerts raised.',
      registers,
    }),
    alertsNobodyCalled: new Counter({
      name: 'tocsin_alerts_nobody_called_total',
      help: 'Alerts for which nobody was called: when they were raised, or by a later round.',
      registers,
    }),
    logins: new Counter({
      name: 'tocsin_access_logins_total',
      help: 'Tries to log in, by what came of them.',
      labelNames: ['result'],
      registers,
    }),
    streams: new Gauge({
      name: 'tocsin_streams',
      help: 'Live streams that are open.',
      registers,
    }),
    streamResyncs: new Counter({
      name: 'tocsin_stream_resyncs_total',
      help: 'Listeners told to read the list again, by why.',
      labelNames: ['reason'],
      registers,
    }),
    waitingEvents: new Gauge({
      name: 'tocsin_intake_waiting_events',
      help: 'Events that wait for a flusher.',
      registers,
    }),
    clockOffset: new Gauge({
      name: 'tocsin_clock_offset_seconds',
      help: 'How far the clock of this machine is ahead of the database.',
      registers,
    }),
  };
}

function createCallingMetrics(registers: Registry[]) {
  return {
    lateness: new Histogram({
      name: 'tocsin_escalation_lateness_seconds',
      help: 'How long after its due time a due row was moved.',
      buckets: SECONDS,
      registers,
    }),
    remindersOverdue: new Gauge({
      name: 'tocsin_escalation_overdue_seconds',
      help: 'How long the oldest due row has been waiting; 0 when none is overdue.',
      registers,
    }),
    messagesOverdue: new Gauge({
      name: 'tocsin_delivery_overdue_seconds',
      help: 'How long the oldest due notification has been waiting; 0 when none is overdue.',
      registers,
    }),
    alertsOpen: new Gauge({
      name: 'tocsin_alerts_open',
      help: 'Open alerts by status, counted now and then.',
      labelNames: ['status'],
      registers,
    }),
    nobodyCalled: new Gauge({
      name: 'tocsin_alerts_nobody_called',
      help: 'Open alerts that reach nobody, counted up to a thousand.',
      registers,
    }),
    setAsideNow: new Gauge({
      name: 'tocsin_escalation_set_aside',
      help: 'Due rows whose decision breaks again and again.',
      registers,
    }),
    setAside: new Counter({
      name: 'tocsin_escalation_set_aside_total',
      help: 'Due rows set aside because their decision broke again and again.',
      registers,
    }),
    attempts: new Counter({
      name: 'tocsin_delivery_attempts_total',
      help: 'Attempts to send, by what they came to.',
      labelNames: ['outcome'],
      registers,
    }),
    attemptTime: new Histogram({
      name: 'tocsin_delivery_attempt_seconds',
      help: 'Time of one attempt.',
      buckets: SECONDS,
      registers,
    }),
    lostLeases: new Counter({
      name: 'tocsin_delivery_lost_lease_total',
      help: 'Outcomes that came after another node had taken the notification over.',
      registers,
    }),
  };
}

function createSupervisionMetrics(registers: Registry[]) {
  return {
    devices: new Gauge({
      name: 'tocsin_devices',
      help: 'Devices and cameras by status: fresh, late, silent, never, unwatched.',
      labelNames: ['status'],
      registers,
    }),
    silentSources: new Gauge({
      name: 'tocsin_sources_silent',
      help: 'Sources that have been silent for longer than their silent_after_s.',
      registers,
    }),
    looksOverdue: new Gauge({
      name: 'tocsin_supervision_overdue_seconds',
      help: 'How long a look at who may be silent has been waiting; 0 when none is overdue.',
      registers,
    }),
  };
}

function createAuditMetrics(registers: Registry[]) {
  return {
    auditSealed: new Histogram({
      name: 'tocsin_audit_seal_wait_seconds',
      help: 'How long rows of the audit waited to be sealed.',
      buckets: SECONDS,
      registers,
    }),
    auditUnsealed: new Gauge({
      name: 'tocsin_audit_unsealed_rows',
      help: 'Rows of the audit that are not sealed yet, counted up to ten thousand.',
      registers,
    }),
    auditUnsealedAge: new Gauge({
      name: 'tocsin_audit_unsealed_seconds',
      help: 'How long the oldest row that is not sealed has been waiting; 0 when there is none.',
      registers,
    }),
  };
}
