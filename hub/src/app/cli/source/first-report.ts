/** How a sender of each kind says something for the first time, as a line for the shell. Pure. */
import type { JsonValue } from '#kernel/syntax/json.ts';

/** A hub that does not know what it is called from outside answers a path alone. */
export function resolveIngestUrl(ingestUrl: string, hubUrl: string): string {
  return ingestUrl.startsWith('/') ? `${hubUrl}${ingestUrl}` : ingestUrl;
}

const LABELS = { alertname: 'FirstReport', severity: 'low' };

const WEBHOOK = {
  version: '4',
  status: 'firing',
  alerts: [{ status: 'firing', labels: LABELS, annotations: { summary: 'First report' } }],
};

const BODIES: Readonly<Record<string, JsonValue>> = {
  native: { title: 'First report', severity: 'low', is_test: true },
  alertmanager: WEBHOOK,
  signoz: WEBHOOK,
  grafana: WEBHOOK,
  edge: { alarm_id: 'first-1', alarm_type: 'fall', device_id: 'box-1', camera_id: 'camera-1' },
  generic: { title: 'First report', severity: 'low' },
  sentry: {
    action: 'triggered',
    data: { event: { event_id: 'first', issue_id: '1', title: 'First report', level: 'info' } },
  },
};

export function renderFirstReport(to: {
  readonly kind: string;
  readonly url: string;
  readonly token: string;
}): string {
  // Prometheus itself posts the bare list of its alerts.
  const isBareList = to.url.endsWith('/api/v2/alerts');
  const body = isBareList ? [{ labels: LABELS }] : (BODIES[to.kind] ?? BODIES['native'] ?? null);
  const lines = [
    `curl ${quote(to.url)}`,
    // In the URL already, where it is part of it.
    ...(to.url.includes(to.token) ? [] : [`-H ${quote(`Authorization: Bearer ${to.token}`)}`]),
    `-H 'Content-Type: application/json'`,
    `-d ${quote(JSON.stringify(body))}`,
  ];
  return lines.map((line, index) => (index === 0 ? line : `  ${line}`)).join(' \\\n');
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
