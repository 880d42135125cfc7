/**
 * What the generators write and read: HTTP/1.1 requests made before the run, in which only the
 * numbers that make alerts unique change, and the least parsing of answers that counts them. Pure.
 */

/** Stands where a number goes; as wide as the number, so that the length of the body is fixed. */
export const NUMBER_MARK = '##########';

export type RequestTarget = { readonly host: string; readonly port: number };

export type RequestContent = {
  readonly path: string;
  /** Header lines beside Host, Content-Type and Content-Length. */
  readonly headers: Readonly<Record<string, string>>;
  /** ASCII, with marks. */
  readonly body: string;
};

export function renderRequest(target: RequestTarget, content: RequestContent): string {
  const lines = [
    `POST ${content.path} HTTP/1.1`,
    `Host: ${target.host}:${target.port}`,
    'Content-Type: application/json',
    `Content-Length: ${content.body.length}`,
    ...Object.entries(content.headers).map(([name, value]) => `${name}: ${value}`),
  ];
  return `${lines.join('\r\n')}\r\n\r\n${content.body}`;
}

/** Each mark gets the next number from `first` on. */
export function createFiller(template: string): {
  readonly marks: number;
  readonly fill: (first: number) => string;
} {
  const [head = '', ...pieces] = template.split(NUMBER_MARK);
  const fill = (first: number) => {
    let text = head;
    let number = first;
    for (const piece of pieces) {
      text += String(number).padStart(NUMBER_MARK.length, '0') + piece;
      number += 1;
    }
    return text;
  };
  return { marks: pieces.length, fill };
}

const HEAD_END = Buffer.from('\r\n\r\n');

/** The first answer in these bytes; null while a part of it is missing. */
export function parseAnswer(
  bytes: Buffer,
): { readonly status: number; readonly bytes: number } | null {
  const headEnd = bytes.indexOf(HEAD_END);
  if (headEnd === -1) return null;
  const head = bytes.toString('latin1', 0, headEnd);
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  if (length === undefined) throw new Error('the generator reads only answers with Content-Length');
  const total = headEnd + HEAD_END.length + Number(length);
  return bytes.length < total ? null : { status: Number(head.slice(9, 12)), bytes: total };
}

/** An alert as Prometheus posts it. */
function renderAlert(startsAt: string, endsAt: string): string {
  return JSON.stringify({
    labels: {
      alertname: 'RequestLatencyHigh',
      cluster: 'bench',
      instance: `node-${NUMBER_MARK}:9100`,
      job: 'api',
      severity: 'warning',
    },
    annotations: {
      summary: 'Requests take longer than half a second',
      description: 'The 99th percentile over five minutes is 0.73 s, and 0.5 s is the limit.',
    },
    startsAt,
    endsAt,
    generatorURL: 'http://prometheus.example/graph?g0.expr=latency_seconds&g0.tab=1',
  });
}

const HOUR_MS = 3_600_000;

/** The body of `POST /api/v2/alerts` with so many alerts, open for so long. */
export function renderAlerts(count: number, now: Date, openMs = HOUR_MS): string {
  const endsAt = new Date(now.getTime() + openMs).toISOString();
  const alert = renderAlert(now.toISOString(), endsAt);
  return `[${Array.from({ length: count }, () => alert).join(',')}]`;
}

/** The body of `POST /api/v1/alerts`. One mark, as in an alert of the other body. */
export function renderReport(): string {
  return JSON.stringify({
    title: 'Requests take longer than half a second',
    severity: 'high',
    labels: { alertname: 'RequestLatencyHigh', instance: `node-${NUMBER_MARK}:9100`, job: 'api' },
    content: 'The 99th percentile over five minutes is 0.73 s, and 0.5 s is the limit.',
  });
}

/** The numbers of the alerts that a webhook speaks of, each once. */
export function findNumbers(body: string): readonly number[] {
  return [...new Set([...body.matchAll(/node-(\d{10}):9100/g)].map((match) => Number(match[1])))];
}
