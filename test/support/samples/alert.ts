/** Alerts, reports and persons as tests of pure decisions need them; all that matters is named. */
import { type Alert, raiseAlert } from '#alert/alert.ts';
import { assert } from '#kernel/decision.ts';
import type { Occurrence } from '#kernel/effect.ts';
import { alertId, policyId, projectId, sourceId } from '#kernel/id.ts';
import type { Instant } from '#kernel/instant.ts';
import type { AlertStatus } from '#kernel/words/lifecycle.ts';
import type { Principal, Role } from '#kernel/principal.ts';
import { instantOf } from '#test/support/clock.ts';

export const PROJECT = projectId('care');
export const SOURCE = sourceId('0190a000-0000-7000-8000-0000000000a1');
export const POLICY = policyId('0190a000-0000-7000-8000-0000000000b1');

/** When alerts of these tests are raised, unless they say otherwise. */
export const START = instantOf('2026-11-16T08:00:00Z');

export function createPerson(name: string, role: Role = 'responder'): Principal {
  const principalId = `key of ${name}`;
  return { principalId, name, authMethod: 'api_key', role, projects: [PROJECT], source: null };
}

export const REPORTER: Principal = {
  principalId: SOURCE,
  name: 'cameras',
  authMethod: 'source_token',
  role: 'ingest',
  projects: [PROJECT],
  source: { sourceId: SOURCE, kind: 'native' },
};

export function createOccurrence(more: Partial<Occurrence> = {}): Occurrence {
  return {
    title: 'Fall in room 5',
    severity: 'critical',
    labels: { room: '5' },
    annotations: {},
    fingerprint: null,
    deviceId: null,
    cameraId: null,
    areaId: null,
    image: null,
    audioRelayWs: null,
    cameraIpMap: null,
    analyse: {},
    sourceUrl: null,
    isTest: false,
    startsAt: null,
    endsAt: null,
    ...more,
  };
}

/** As it was raised, at START. */
export function createAlert(more: Partial<Alert> = {}, now: Instant = START): Alert {
  const decision = raiseAlert(
    {
      projectId: PROJECT,
      alertId: alertId('fall-5'),
      alertKey: '0190a000-0000-7000-8000-0000000000c1',
      sourceId: SOURCE,
      policyId: POLICY,
      previousAlertId: null,
      occurrence: createOccurrence(),
      by: REPORTER,
    },
    now,
  );
  assert(decision.kind !== 'refused', 'raising is never refused');
  return { ...decision.state, ...more };
}

/** An alert that came straight to a status, with the marks that belong to it. */
export function createAlertIn(status: AlertStatus, at: Instant = START): Alert {
  const marks: Readonly<Record<AlertStatus, Partial<Alert>>> = {
    PENDING: {},
    DELIVERED: { deliveredAt: at },
    SEEN: { seenAt: at },
    ACKNOWLEDGED: { acknowledgedAt: at, acknowledgedBy: 'Anna', intent: 'seen' },
    RESOLVED: { resolvedAt: at, outcome: 'fixed' },
    EXPIRED: { expiredAt: at },
  };
  return createAlert({ status, ...marks[status] });
}
