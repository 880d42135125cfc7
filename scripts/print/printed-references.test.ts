import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { COMMANDS } from '#app/cli/commands.ts';
import { OPERATIONS } from '#contract/api/operations.ts';
import { createMetrics } from '#platform/metrics.ts';
import { findLogCalls, renderLogs } from './printed-logs.ts';
import {
  isOfProcess,
  renderApi,
  renderCommands,
  renderLimits,
  renderMetrics,
  renderReadiness,
} from './printed-references.ts';
import { renderTable } from './printed-table.ts';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

describe('a printed table', () => {
  test('keeps what would end a cell or a line inside of it', () => {
    assert.equal(renderTable(['a'], [['b|c\nd']]), '| a |\n| --- |\n| b\\|c d |');
  });
});

describe('the reference of the API', () => {
  test('has each route with who may come', () => {
    const page = renderApi();
    for (const { method, path } of OPERATIONS) assert.ok(page.includes(`\`${method} ${path}\``));
    assert.match(page, /\| `GET \/healthz` \| .* \| everybody \|/);
    assert.match(page, /\| `POST \/api\/v1\/keys` \| .* \| admin \|/);
  });
});

describe('the reference of the commands', () => {
  test('has each with its usage, options and examples', () => {
    const page = renderCommands();
    for (const { name, examples, options = {} } of COMMANDS) {
      assert.ok(page.includes(`## tocsin ${name}\n`), name);
      for (const line of examples) assert.ok(page.includes(line), line);
      for (const option of Object.keys(options)) assert.ok(page.includes(`--${option}`), option);
    }
  });
});

describe('the reference of the metrics', () => {
  test('has each of ours with its labels, and leaves out those of the process', async () => {
    const page = await renderMetrics();
    const all = await createMetrics('1').registry.getMetricsAsJSON();
    for (const { name } of all) {
      assert.equal(page.includes(`\`${name}\``), !isOfProcess(name), name);
    }
    assert.match(page, /`tocsin_alerts_open` \| gauge \| `status` \|/);
    assert.match(page, /`tocsin_http_request_seconds` \| histogram \| `route`, `method`, `status`/);
  });

  test('says of each what it counts, in a sentence', async () => {
    for (const { name, help } of await createMetrics('1').registry.getMetricsAsJSON()) {
      if (!isOfProcess(name)) assert.match(help, /^[A-Z].*\.$/, name);
    }
  });
});

describe('the reference of readiness', () => {
  test('says which reasons answer 503', () => {
    assert.match(renderReadiness(), /\| `database` \| yes \|/);
    assert.match(renderReadiness(), /\| `nobody_called` \| no \|/);
  });
});

describe('the reference of limits', () => {
  test('has the numbers that the hub goes by', () => {
    assert.match(renderLimits(), /\| 4194304 \| bytes of a body \| 413 `body_too_large` \|/);
    assert.match(renderLimits(), /\| 1000 \| events in one request \|/);
    assert.doesNotMatch(renderLimits(), /undefined/);
  });
});

describe('the reference of the log', () => {
  test('finds a line with its level and its fields', () => {
    const source = `
      log.warn('a flush was not stored', { requests: batch.length, error: text });
      options.log.info('it\\'s back', { pid: find(a, b), attempt });
      const fields = { reminders_ms: a, messages_ms: b };
      log.error('late', fields);
      log.debug('bare');
    `;
    assert.deepEqual(findLogCalls(source), [
      { level: 'warn', message: 'a flush was not stored', fields: ['requests', 'error'] },
      { level: 'info', message: "it's back", fields: ['pid', 'attempt'] },
      { level: 'error', message: 'late', fields: ['reminders_ms', 'messages_ms'] },
      { level: 'debug', message: 'bare', fields: [] },
    ]);
  });

  test('has what the hub says when a request fails', () => {
    const line = '| a request failed | error | `request_id`, `route`, `error` |';
    assert.ok(renderLogs(ROOT).includes(line));
  });
});

describe('the pages', () => {
  test('are all linked from the README', () => {
    const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
    for (const page of readdirSync(join(ROOT, 'docs/reference'))) {
      if (page.endsWith('.md')) assert.ok(readme.includes(`docs/reference/${page}`), page);
    }
  });
});
