/** A fall at night, as a mail channel gets it; every test changes what it is about. */
import type { ChannelNotification } from '#delivery/channel.ts';
import { instant } from '#kernel/instant.ts';
import type { JsonObject } from '#kernel/syntax/json.ts';

export const FALL: JsonObject = {
  alert_id: 'al_7',
  status: 'PENDING',
  outcome: null,
  intent: null,
  severity: 'critical',
  title: 'Fall detected',
  labels: { wing: 'North' },
  annotations: { summary: 'On the floor for 12 s\nNo movement since' },
  source: { id: 'src_1', kind: 'native', name: 'Fall cameras' },
  source_url: 'https://cameras.example/alarm/7',
  device_id: 'edge-3',
  camera_id: '07',
  area_id: 'Room 12',
  occurrence_count: 1,
  next_step: { index: 2, label: 'Reminder 3', due_at: '2026-03-04T02:20:00.000Z' },
  created_at: '2026-03-04T02:10:00.000Z',
  starts_at: '2026-03-04T02:09:58.000Z',
  seen_at: null,
  acknowledged_at: null,
  acknowledged_by: null,
  is_test: false,
};

export function createNotification(
  changes: Partial<ChannelNotification> = {},
  alert: JsonObject = {},
): ChannelNotification {
  return {
    notificationId: 'ntf_1',
    eventType: 'alert.escalated',
    payload: { alert: { ...FALL, ...alert }, round: 2, level: 2, label: 'Reminder 2' },
    createdAt: instant(1_772_590_500_000),
    subjectId: 'al_7',
    address: null,
    recipient: 'Marc Weber',
    language: 'en',
    actions: {
      page: 'https://hub.example/a/t0',
      seen: 'https://hub.example/a/t1',
      calling: 'https://hub.example/a/t2',
      cannot: 'https://hub.example/a/t3',
      resolve: 'https://hub.example/a/t4',
    },
    receiptUrl: null,
    ...changes,
  };
}
