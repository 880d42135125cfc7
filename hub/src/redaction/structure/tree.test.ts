/** Whole trees as senders write them: what is masked, what stays, and in which shape. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JsonObject } from '#kernel/syntax/json.ts';
import { BASE_POLICY } from '#redaction/policy.ts';
import { createRedactor } from '#redaction/redaction.ts';

const redactor = createRedactor(BASE_POLICY, 'key');

/** With every mask as its class alone, so that the shape can be compared. */
function show(tree: JsonObject): unknown {
  const written = JSON.stringify(redactor.redactObject(tree).value);
  return JSON.parse(written.replace(/\[([A-Z][A-Z0-9_]+)#[a-z2-7]{8}\]/g, '<$1>'));
}

describe('an event of an error tracker', () => {
  it('keeps what finds the fault, and nobody who met it', () => {
    const event = {
      event_id: 'fc6d8c0c43fc4630ad850ee518f1b9d0',
      project: 4504123456789012,
      release: 'hub@1.2.3.4',
      user: { id: '42', email: 'anna@example.org', ip_address: '203.0.113.4', username: 'anna' },
      request: {
        url: 'https://shop.example.org/pay?token=abc&step=2',
        method: 'POST',
        headers: [
          ['Authorization', 'Bearer abcdef0123456789'],
          ['Cookie', 'sid=1; theme=dark'],
          ['User-Agent', 'curl/8.4.0'],
        ],
        data: { card_number: '4111 1111 1111 1111', cvv: 123, step: 2 },
        env: { REMOTE_ADDR: '203.0.113.4', SERVER_PORT: 443 },
      },
      exception: {
        values: [{ type: 'OperationalError', value: 'postgres://app:hunter2@db.example.org/hub' }],
      },
      tags: [
        ['server_name', 'web-1'],
        ['trace', '4bf92f3577b34da6a3ce929d0e0e4736'],
      ],
      breadcrumbs: [{ message: 'login of anna@example.org', level: 'info' }],
      extra: { body: '{"password":"hunter2","n":12345678901234567890}' },
    };
    assert.deepEqual(show(event), {
      ...event,
      user: { id: '42', email: '<EMAIL>', ip_address: '<IPV4>', username: 'anna' },
      request: {
        ...event.request,
        url: 'https://shop.example.org/pay?token=<SECRET_FIELD>&step=2',
        headers: [
          ['Authorization', 'Bearer <AUTH_HEADER>'],
          ['Cookie', '<COOKIE>'],
          ['User-Agent', 'curl/8.4.0'],
        ],
        data: { card_number: '<CREDIT_CARD>', cvv: '<SECRET_FIELD>', step: 2 },
        env: { REMOTE_ADDR: '<IPV4>', SERVER_PORT: 443 },
      },
      exception: {
        values: [
          { type: 'OperationalError', value: 'postgres://<URL_CREDENTIALS>@db.example.org/hub' },
        ],
      },
      breadcrumbs: [{ message: 'login of <EMAIL>', level: 'info' }],
      extra: { body: '{"password":"<SECRET_FIELD>","n":12345678901234567890}' },
    });
  });
});

describe('a webhook of alerts', () => {
  it('is kept as it is, but for what somebody wrote into it', () => {
    const body = {
      receiver: 'tocsin',
      status: 'firing',
      groupKey: '{}:{alertname="InstanceDown"}',
      externalURL: 'http://alertmanager:9093',
      alerts: [
        {
          fingerprint: '9f86d081884c7d65',
          startsAt: '2024-05-01T10:00:00.123Z',
          endsAt: '0001-01-01T00:00:00Z',
          generatorURL: 'http://prometheus:9090/graph?g0.expr=up+%3D%3D+0&g0.tab=1',
          labels: { alertname: 'InstanceDown', instance: '10.0.0.5:9100', job: 'node' },
          annotations: { runbook: 'https://wiki.example.org/down', call: 'tel +39 06 1234567' },
        },
      ],
    };
    const [alert] = body.alerts;
    assert.ok(alert !== undefined);
    const annotations = { ...alert.annotations, call: 'tel <PHONE>' };
    assert.deepEqual(show(body), { ...body, alerts: [{ ...alert, annotations }] });
  });
});

describe('a message of a camera box', () => {
  it('keeps its ids, times and local addresses', () => {
    const body = {
      alarm_id: '1714550400123',
      alarm_type: 'fall_detected',
      camera_id: 'cam-17',
      camera_ip: '192.168.1.64',
      mac: '00:1A:2B:3C:4D:5E',
      event_time: '2024-05-01 10:00:00',
      confidence: 0.9812345678,
      boxes: [[0.1, 0.2, 0.3, 0.4]],
      track_ids: [13812345678, 17],
    };
    assert.deepEqual(show(body), body);
  });

  it('loses the way into the camera, and who was called', () => {
    const body = {
      stream: 'rtsp://admin:12345@192.168.1.64:554/1',
      vlm_description: '老人跌倒，家属电话13812345678',
      contact: { name: 'figlio', telefono: '333 1234567', mobile: 3331234567 },
    };
    assert.deepEqual(show(body), {
      stream: 'rtsp://<URL_CREDENTIALS>@192.168.1.64:554/1',
      vlm_description: '老人跌倒，家属电话<PHONE>',
      contact: { name: 'figlio', telefono: '<PHONE>', mobile: '<PHONE>' },
    });
  });
});

describe('objects of Kubernetes', () => {
  it('lose the data of secrets and the values of variables that hold one', () => {
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'db', namespace: 'pay', uid: '018f2b9e-7c4a-7d21-9b3f-2a1c5e8d7f60' },
      data: { user: 'YXBw', note: 'eA==' },
      stringData: { plain: 'x' },
    };
    assert.deepEqual(show(secret), {
      ...secret,
      data: { user: '<SECRET_FIELD>', note: '<SECRET_FIELD>' },
      stringData: { plain: '<SECRET_FIELD>' },
    });
    const pod = {
      kind: 'Pod',
      apiVersion: 'v1',
      data: { kept: 'x' },
      env: [
        { name: 'DB_PASSWORD', value: 'hunter2' },
        { name: 'DB_HOST', value: 'db' },
        { name: 'API_KEY', valueFrom: { secretKeyRef: { name: 'api', key: 'token' } } },
      ],
      volumes: [{ name: 'tls', secretName: 'tls-cert' }],
    };
    assert.deepEqual(show(pod), {
      ...pod,
      env: [{ name: 'DB_PASSWORD', value: '<SECRET_FIELD>' }, ...pod.env.slice(1)],
    });
  });
});

describe('attributes of a trace', () => {
  it('have their name beside their value', () => {
    const span = {
      traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
      spanId: '00f067aa0ba902b7',
      attributes: [
        { key: 'http.request.header.authorization', value: { stringValue: 'Bearer abc' } },
        { key: 'db.statement', value: { stringValue: "alter role x password 'hunter2'" } },
        { key: 'http.status_code', value: { intValue: 500 } },
      ],
    };
    const [, statement, status] = span.attributes;
    assert.deepEqual(show(span), {
      ...span,
      attributes: [
        {
          key: 'http.request.header.authorization',
          value: { stringValue: 'Bearer <AUTH_HEADER>' },
        },
        {
          ...statement,
          value: { stringValue: "alter role x password '<SECRET_FIELD>'" },
        },
        status,
      ],
    });
  });
});

describe('a certified mail', () => {
  it('keeps the ids by which its receipts are joined', () => {
    const message = {
      message_id: '<opec2941.20240501100000.12345.678.1.2@pec.example.it>',
      in_reply_to: '<20240501.abc@pec.example.it>',
      from: 'Studio Rossi <studio@pec.example.it>',
      to: ['ufficio@pec.example.it'],
      subject: 'ACCETTAZIONE: Fattura 12 di RSSMRA85T10A562S',
      protocollo: '20240501123456',
    };
    assert.deepEqual(show(message), {
      ...message,
      from: 'Studio Rossi <<EMAIL>>',
      to: ['<EMAIL>'],
      subject: 'ACCETTAZIONE: Fattura 12 di <IT_FISCAL_CODE>',
    });
  });
});

describe('values of one name', () => {
  it('are masked wherever they stand below it', () => {
    const tree = { credentials: { list: ['a', { deep: 'b', n: 7, is: true }], none: null } };
    assert.deepEqual(show(tree), {
      credentials: {
        list: ['<SECRET_FIELD>', { deep: '<SECRET_FIELD>', n: '<SECRET_FIELD>', is: true }],
        none: null,
      },
    });
  });

  it('in a DSN keep the host, where the rest is known to be the secret', () => {
    const tree = {
      dsn: 'postgres://app:hunter2@db.example.org/hub',
      sentry_dsn: 'https://0123456789abcdef0123456789abcdef@o1.example.org/1',
      other_dsn: 'driver=x;server=y',
    };
    assert.deepEqual(show(tree), {
      dsn: 'postgres://<URL_CREDENTIALS>@db.example.org/hub',
      sentry_dsn: 'https://<SENTRY_DSN>@o1.example.org/1',
      other_dsn: '<SECRET_FIELD>',
    });
  });

  it('that a sender has hidden itself stay as it hid them', () => {
    const tree = {
      password: '********',
      token: '[Filtered]',
      secret: 'None',
      cookie: '[REDACTED]',
    };
    assert.deepEqual(show(tree), tree);
  });

  it('that only look like a mask are masked', () => {
    const tree = { password: '[EMAIL#abcdefgh] hunter2', token: '[hunter2]' };
    assert.deepEqual(show(tree), { password: '<SECRET_FIELD>', token: '<SECRET_FIELD>' });
  });
});
