/**
 * News of supervision as reports: an alert about a silent device or source is raised, called out
 * and resolved as any other. They come through the project's built-in native source, and take the
 * policy of the source that is silent, or that the device reports through. Pure.
 */
import { BARE_REPORT, type Report } from '#intake/report.ts';
import type { Source } from '#intake/source.ts';
import { unreachable } from '#kernel/decision.ts';
import {
  formatInstant,
  type Instant,
  MS_PER_DAY,
  MS_PER_HOUR,
  MS_PER_MINUTE,
  MS_PER_SECOND,
} from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { Severity } from '#kernel/words/severity.ts';
import type { Device, DeviceKind } from '#supervision/device.ts';
import type { News } from '#supervision/news.ts';
import { limitMsOf, type Silence } from '#supervision/silence.ts';

export type NewsContext = {
  readonly findSource: (id: Source['sourceId']) => Source;
  /** Names this one report: what is told once is stored once. */
  readonly reportId: string;
  readonly now: Instant;
};

/** A camera that is blind is no fall that nobody sees yet; a box that is dead may hide many. */
const SEVERITIES: Readonly<Record<DeviceKind, Severity>> = { care: 'high', camera: 'medium' };

const PROVIDER = 'tocsin';

export function toReport(news: News, context: NewsContext): Report {
  switch (news.kind) {
    case 'device_silent':
      return {
        ...describeDevice(news.device, context),
        stage: 'received',
        title: cut(titleDevice(news.device, news.silence, context.now)),
        content: tellDevice(news.device, news.silence),
        providerTs: news.silence.since,
      };
    case 'device_heard':
      return {
        ...describeDevice(news.device, context),
        stage: 'resolved',
        title: cut(`${nameDevice(news.device)} ${ENDINGS[news.why]}`),
      };
    case 'source_silent': {
      const { silence, source: ref } = news;
      const { name } = context.findSource(ref.sourceId);
      const span = renderSpan(context.now - silence.since);
      return {
        ...describeSource(context.findSource(ref.sourceId), context),
        stage: 'received',
        title: cut(`Source ${name} has been silent for ${span}`),
        content: `Nothing has come through it since ${formatInstant(silence.since)}.`,
        providerTs: silence.since,
      };
    }
    case 'source_heard': {
      const source = context.findSource(news.source.sourceId);
      return {
        ...describeSource(source, context),
        stage: 'resolved',
        title: cut(`Source ${source.name} ${ENDINGS[news.why]}`),
      };
    }
    default:
      return unreachable(news, 'news');
  }
}

const ENDINGS = {
  heard: 'is heard again',
  unwatched: 'is not watched any more',
  removed: 'was removed',
} as const;

function describeDevice(device: Device, context: NewsContext) {
  const key = `device.silent:${device.deviceId}`;
  const { areaId, sourceId } = device;
  const deviceId = device.parentId ?? device.deviceId;
  const cameraId = device.cameraId ?? (device.kind === 'camera' ? device.deviceId : null);
  const labels: Record<string, string> = {
    alertname: 'device.silent',
    kind: device.kind,
    device_id: deviceId,
  };
  if (cameraId !== null) labels['camera_id'] = cameraId;
  if (areaId !== null) labels['area_id'] = areaId;
  const policyId = sourceId === null ? null : context.findSource(sourceId).policyId;
  return {
    ...describe(key, context),
    severity: SEVERITIES[device.kind],
    labels,
    alertname: 'device.silent',
    targetResource: device.deviceId,
    deviceId,
    cameraId,
    areaId,
    policyId,
  };
}

function describeSource(source: Source, context: NewsContext) {
  return {
    ...describe(`source.silent:${source.sourceId}`, context),
    severity: 'high' as const,
    labels: {
      alertname: 'source.silent',
      source: source.name,
      source_id: source.sourceId,
      source_kind: source.kind,
    },
    alertname: 'source.silent',
    targetResource: source.name,
    policyId: source.policyId,
  };
}

/** Of one key: the alert that is raised by the one is resolved by the other. */
function describe(key: string, { reportId }: NewsContext) {
  return {
    ...BARE_REPORT,
    identity: { kind: 'key', key } as const,
    fingerprint: key,
    provider: PROVIDER,
    providerEventId: `${key}:${reportId}`,
    isSynthetic: true,
  };
}

function titleDevice(device: Device, silence: Silence, now: Instant): string {
  const name = nameDevice(device);
  if (silence.what === 'picture') return `${name} sends no picture`;
  return `${name} has been silent for ${renderSpan(now - silence.since)}`;
}

/** `Box Ward 3 (edge_box_01)`, `Camera camera_13`. */
function nameDevice(device: Device): string {
  const ownId = device.cameraId ?? device.deviceId;
  const name = device.name === null ? ownId : `${device.name} (${ownId})`;
  return `${nameKind(device)} ${name}`;
}

function nameKind(device: Device): string {
  if (device.kind === 'camera') return 'Camera';
  return 'camera_count' in device.details ? 'Box' : 'Device';
}

function tellDevice(device: Device, silence: Silence): string {
  const limit = renderSpan(limitMsOf(device));
  const since = formatInstant(silence.since);
  if (silence.what === 'nothing') {
    return `Nothing has been heard of it since ${since}; it counts as silent after ${limit}.`;
  }
  const whose = device.parentId === null ? '' : ` of ${device.parentId}`;
  const said = device.state === null ? '' : `, which calls it ${device.state}`;
  return `Its last picture is of ${since}, by the heartbeat${whose}${said}.`;
}

const UNITS: readonly (readonly [string, number])[] = [
  ['d', MS_PER_DAY],
  ['h', MS_PER_HOUR],
  ['min', MS_PER_MINUTE],
];

/** `90 s`, `15 min`: in the largest unit of which there are two. */
function renderSpan(spanMs: number): string {
  const [name, ms] = UNITS.find(([, unitMs]) => spanMs >= 2 * unitMs) ?? ['s', MS_PER_SECOND];
  return `${Math.floor(spanMs / ms)} ${name}`;
}

function cut(title: string): string {
  return title.slice(0, LIMITS.titleCharsMax).toWellFormed();
}
