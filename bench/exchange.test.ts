import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  createFiller,
  findNumbers,
  parseAnswer,
  renderAlerts,
  renderReport,
  renderRequest,
} from './exchange.ts';

const TARGET = { host: '127.0.0.1', port: 9 };

test('a request keeps the length that it says, whatever number is filled in', () => {
  const body = renderAlerts(3, new Date(0));
  const template = renderRequest(TARGET, { path: '/x', headers: { A: 'b' }, body });
  const { fill, marks } = createFiller(template);
  assert.equal(marks, 3);
  for (const first of [0, 9_999_999_990]) {
    const [head = '', sent = ''] = fill(first).split('\r\n\r\n');
    assert.match(head, /^POST \/x HTTP\/1\.1\r\nHost: 127\.0\.0\.1:9\r\n/);
    assert.match(head, /\r\nA: b$/);
    assert.equal(Number(/Content-Length: (\d+)/.exec(head)?.[1]), sent.length);
  }
});

test('every alert of a batch has labels of its own', () => {
  const { fill } = createFiller(renderAlerts(100, new Date(0)));
  const bodies = [fill(0), fill(100)];
  assert.equal(new Set(bodies.flatMap(findNumbers)).size, 200);
  for (const body of bodies) assert.equal(parseList(body).length, 100);
});

test('a report is one alert with one number', () => {
  const { fill, marks } = createFiller(renderReport());
  assert.equal(marks, 1);
  assert.deepEqual(findNumbers(fill(42)), [42]);
});

test('an answer is taken only when all of it is there', () => {
  const text = 'HTTP/1.1 201 Created\r\ncontent-length: 4\r\nx: y\r\n\r\nbodyHTTP';
  const bytes = Buffer.from(text);
  for (let cut = 0; cut < text.length - 4; cut += 1) {
    assert.equal(parseAnswer(bytes.subarray(0, cut)), null);
  }
  assert.deepEqual(parseAnswer(bytes), { status: 201, bytes: text.length - 4 });
});

test('an answer without a length is refused rather than misread', () => {
  const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n';
  assert.throws(() => parseAnswer(Buffer.from(chunked)), /Content-Length/);
});

function parseList(text: string): readonly unknown[] {
  return JSON.parse(text) as readonly unknown[];
}
