/** One example of each body that people write by hand; a test parses them all. */
import type { WireSchema } from '#contract/wire.ts';
import { auditVerification } from '#contract/access/audit.ts';
import { assignment, calledOutside, escalateBody, newAlert, noteBody } from '#contract/alert.ts';
import { bulkStatusChange, receiptBody, statusChange } from '#contract/alert.ts';
import { channelPatch, newChannel } from '#contract/channel.ts';
import { configApplication, configRequest } from '#contract/config/answer.ts';
import { channelTestBody } from '#contract/delivery/channel-test.ts';
import { ruleTestBody } from '#contract/delivery/rule-test.ts';
import { drillBody } from '#contract/escalation/drill.ts';
import { newPolicy, policyPatch } from '#contract/escalation/policy.ts';
import { newResponder, responderPatch } from '#contract/escalation/responder.ts';
import { newEvent, newEvents } from '#contract/event.ts';
import type { WireJson } from '#contract/field.ts';
import { sourceTry } from '#contract/intake/source-type.ts';
import { newOperator, operatorPatch } from '#contract/access/operator.ts';
import { newKey } from '#contract/key.ts';
import { newProject, projectPatch } from '#contract/project.ts';
import { newRule, rulePatch } from '#contract/rule.ts';
import { newSource, sourcePatch } from '#contract/source.ts';
import { postedAlerts } from './operations/alertmanager.ts';
import { edgeAlarm, foreignBody } from './operations/edge.ts';
import { eventsBody } from './operations/intake.ts';
import { devicePatch, heartbeatBody, newDevice } from '#contract/supervision/device.ts';

const ID = '019ab2c3-0000-7000-8000-000000000001';

const EVENT = {
  title: 'Fall in room 12',
  severity: 'critical',
  provider: 'edge',
  provider_event_id: 'box-7/4711',
  device_id: 'cam-12',
  stage: 'received',
} as const;

const ADDRESS = { channel_type: 'email', address: 'nurse@example.org' } as const;

const CONFIG = {
  version: 1,
  projects: [{ project_id: 'ward-b', sources: [{ name: 'boxes', kind: 'edge' }] }],
} as const;

export const EXAMPLES: ReadonlyMap<WireSchema, WireJson> = new Map<WireSchema, WireJson>([
  [auditVerification, { heads: [{ project_id: 'default', seq: 46, mac: '9f'.repeat(32) }] }],
  [
    newAlert,
    {
      alert_id: 'fall-12',
      title: 'Fall in room 12',
      severity: 'critical',
      device_id: 'cam-12',
      labels: { ward: 'b' },
    },
  ],
  [newEvent, EVENT],
  [newEvents, { events: [EVENT] }],
  [eventsBody, EVENT],
  [postedAlerts, [{ labels: { alertname: 'DiskFull', severity: 'critical' } }]],
  [
    edgeAlarm,
    {
      alarm_id: 'box-7-fall-4711',
      alarm_type: 'fall',
      camera_id: 'camera-12',
      vlm_description: 'A person lies on the floor beside the bed.',
      ext_data: { area_id: 'ward-b' },
    },
  ],
  [foreignBody, { title: 'Water in the cellar', severity: 'high' }],
  [statusChange, { status: 'ACKNOWLEDGED', intent: 'on_site', detail: 'on my way' }],
  [bulkStatusChange, { alert_ids: ['fall-12', 'fall-13'], status: 'SEEN' }],
  [noteBody, { detail: 'The lamp was mistaken for a person.' }],
  [assignment, { assigned_to: 'Ada' }],
  [escalateBody, { whom: 'responder', detail: 'I need a second pair of hands' }],
  [calledOutside, { label: 'Phoned the night desk', recipient: 'night desk' }],
  [receiptBody, { status: 'read' }],
  [newSource, { name: 'prometheus', kind: 'alertmanager', severity_default: 'medium' }],
  [sourcePatch, { severity_default: 'high' }],
  [
    heartbeatBody,
    {
      device_id: 'box-7',
      timestamp: 1_794_816_000_000,
      software_version: '2.3.1',
      cameras: [{ camera_id: 'cam-12', state: 'online', fps: 12.4, last_frame_age_ms: 80 }],
    },
  ],
  [newDevice, { device_id: 'box-7', name: 'Ward B', silent_after_s: 90 }],
  [devicePatch, { name: 'Ward B, hall', silent_after_s: 60 }],
  [
    newPolicy,
    {
      name: 'fast',
      is_default: true,
      steps: [
        { delay_s: 60, label: 'Reminder 1' },
        { delay_s: 300, label: 'Everybody', priority: 'critical', targets: [{ type: 'rules' }] },
      ],
      repeat_every_s: 600,
    },
  ],
  [policyPatch, { repeat_every_s: 300 }],
  [newResponder, { name: 'Ada', language: 'en', addresses: [ADDRESS] }],
  [responderPatch, { is_active: false }],
  [
    newChannel,
    {
      name: 'ops',
      channel_type: 'webhook',
      config: { url: 'https://ops.example.org/tocsin' },
      secrets: { webhook_secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' },
    },
  ],
  [channelPatch, { is_active: false }],
  [
    newRule,
    {
      name: 'urgent',
      event_types: ['alert.created', 'alert.escalated'],
      matchers: ['severity=~"critical|high"'],
      channel_id: ID,
    },
  ],
  [rulePatch, { matchers: [] }],
  [newProject, { project_id: 'ward-b', name: 'Ward B', administrators: [ADDRESS] }],
  [projectPatch, { retention_days: 365 }],
  [configRequest, CONFIG],
  [configApplication, CONFIG],
  [drillBody, { title: 'Fall in room 12', severity: 'critical' }],
  [channelTestBody, { address: 'anna@example.org' }],
  [ruleTestBody, { event: { title: 'Fall in room 12', labels: { ward: 'b' } } }],
  [sourceTry, { body: { msg: 'Water in the cellar' }, mapping: { title: '/msg' } }],
  [newKey, { name: 'ci', role: 'operator' }],
  [
    newOperator,
    {
      name: 'Anna Rossi',
      login: 'anna@example.org',
      roles: [{ project_id: 'default', role: 'responder' }],
    },
  ],
  [operatorPatch, { roles: [{ project_id: 'default', role: 'operator' }] }],
]);
