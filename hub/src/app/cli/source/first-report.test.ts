import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SOURCE_KINDS } from '#kernel/words/severity.ts';
import { renderFirstReport, resolveIngestUrl } from './first-report.ts';

const TOKEN = 'dapqqta6ty567p5hguqbw3e257xw1z9a';

test('a hub that does not know its name is called by the one that was used', () => {
  assert.equal(resolveIngestUrl('/ingest/edge', 'http://hub:8470'), 'http://hub:8470/ingest/edge');
  const known = 'https://tocsin.example/ingest/edge';
  assert.equal(resolveIngestUrl(known, 'http://hub:8470'), known);
});

test('the first report of every kind is one command with a JSON body', () => {
  for (const kind of SOURCE_KINDS) {
    const line = renderFirstReport({ kind, url: 'http://hub/ingest', token: TOKEN });
    const [, body = ''] = /-d '(.*)'$/.exec(line) ?? [];
    assert.doesNotThrow(() => JSON.parse(body), kind);
    assert.match(line, /^curl 'http:\/\/hub\/ingest' \\\n {2}-H 'Authorization: Bearer dapq/);
  }
});

test('a token that is in the URL is not sent twice', () => {
  const url = `http://hub/ingest/edge/${TOKEN}`;
  assert.doesNotMatch(renderFirstReport({ kind: 'edge', url, token: TOKEN }), /Authorization/);
});

test('Prometheus itself posts a list, a webhook of Alertmanager its envelope', () => {
  const bodyOf = (url: string): unknown => {
    const line = renderFirstReport({ kind: 'alertmanager', url, token: TOKEN });
    return JSON.parse(/-d '(.*)'$/.exec(line)?.[1] ?? 'null');
  };
  assert.ok(Array.isArray(bodyOf('http://hub/api/v2/alerts')));
  assert.ok(!Array.isArray(bodyOf('http://hub/ingest/alertmanager')));
});

test('nothing in a URL ends the quotes of the shell', () => {
  const url = "http://hub/it's";
  assert.match(
    renderFirstReport({ kind: 'native', url, token: TOKEN }),
    /^curl 'http:\/\/hub\/it'\\''s'/,
  );
});
