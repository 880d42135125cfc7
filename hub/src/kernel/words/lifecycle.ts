/** The words of an alert's life, shared by every stage. */

export const ALERT_STATUSES = [
  'PENDING',
  'DELIVERED',
  'SEEN',
  'ACKNOWLEDGED',
  'RESOLVED',
  'EXPIRED',
] as const;
export type AlertStatus = (typeof ALERT_STATUSES)[number];

export const INTENTS = ['seen', 'calling', 'on_site'] as const;
export type Intent = (typeof INTENTS)[number];

export const OUTCOMES = [
  'help_sent',
  'false_alarm',
  'fixed',
  'duplicate',
  'test',
  'resolved_by_source',
  'unconfirmed',
] as const;
export type Outcome = (typeof OUTCOMES)[number];

export const TIMELINE_KINDS = [
  'CREATED',
  'ESCALATED',
  'NOTIFICATION_SENT',
  'NOTIFICATION_RESENT',
  'NOTIFICATION_FAILED',
  'STATUS_CHANGED',
  'RECEIPT',
  'JOINED',
  'STEP_SKIPPED',
  'NOTE',
  'ASSIGNED',
  'WORK_ORDER',
  'CLOSED',
] as const;
export type TimelineKind = (typeof TIMELINE_KINDS)[number];

/** What rules can subscribe to. */
export const EVENT_TYPES = [
  'event.received',
  'message.received',
  'message.state_changed',
  // As an older program called the two: a rule that asks for them is sent them by these names.
  'new_message',
  'state_changed',
  'alert.created',
  'alert.escalated',
  'alert.seen',
  'alert.acknowledged',
  'alert.resolved',
  'alert.expired',
  'device.silent',
  'source.silent',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** Told of events as they are stored, not of alerts. */
const EVENT_NEWS: readonly EventType[] = [
  'event.received',
  'message.received',
  'message.state_changed',
  'new_message',
  'state_changed',
];

export function isEventNews(type: EventType): boolean {
  return EVENT_NEWS.includes(type);
}

/** Of `message.received` and `message.state_changed`. */
export function isOldName(type: EventType): boolean {
  return type === 'new_message' || type === 'state_changed';
}

/** Alerts of these names are asked for by them, besides by what every alert is asked for. */
const ALARM_TYPES = ['device.silent', 'source.silent'] as const;
export type AlarmType = (typeof ALARM_TYPES)[number];

/** What an alert with this `alertname` is called by rules; null for most. */
export function findAlarmType(alertname: string | undefined): AlarmType | null {
  return ALARM_TYPES.find((type) => type === alertname) ?? null;
}

export function isOpen(status: AlertStatus): boolean {
  return status !== 'RESOLVED' && status !== 'EXPIRED';
}
