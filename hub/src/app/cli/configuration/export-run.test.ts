import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { renderConfig } from './export-run.ts';

const CONFIG = {
  version: 1,
  projects: [
    {
      project_id: 'home',
      retention_days: null,
      channels: [
        { name: 'mail', channel_type: 'email', config: { smtp_port: 465 } },
        { name: 'yes: no #', channel_type: 'webhook', config: { url: 'https://x.example' } },
      ],
      rules: [{ name: '1', event_types: ['alert.seen'], channel: 'mail' }],
    },
    { project_id: 'other' },
  ],
};

describe('the file of an export', () => {
  test('is the document, with a comment where a secret is left out', () => {
    const leftOut = [
      { path: 'projects[0].channels[1].secrets.webhook_secret', message: 'is set' },
      { path: 'projects[0].channels[1].secrets.webhook_secret_previous', message: 'is set' },
      { path: 'projects[9].channels[1].secrets.x', message: 'is nowhere' },
    ];
    const text = renderConfig(CONFIG, leftOut);
    assert.deepEqual(parse(text), CONFIG);
    assert.match(text, /^# Written by tocsin export/);
    assert.ok(
      text.includes(`
    channels:
      - name: mail
        channel_type: email
        config:
          smtp_port: 465
      - name: "yes: no #"
        channel_type: webhook
        config:
          url: https://x.example
        # secrets.webhook_secret is set
        # secrets.webhook_secret_previous is set

    rules:
      - name: "1"
        event_types:
          - alert.seen
        channel: mail

  - project_id: other
`),
      text,
    );
  });

  test('keeps every text as it is', () => {
    const odd = [
      '~',
      'null',
      '0x1',
      '1e3',
      '- a',
      '*a',
      '&a',
      '!a',
      '%a',
      '@a',
      '`a',
      '# a',
      ' a ',
    ];
    const more = ['a: b', 'a #b', '|', '>', '"', "'", '\\', '\u0085', '\u2028', '房间', '', '<<'];
    const projects = [...odd, ...more].map((name) => ({ project_id: 'home', name }));
    assert.deepEqual(parse(renderConfig({ version: 1, projects }, [])), { version: 1, projects });
  });
});
