/**
 * DOMAIN 4: a step's label is translated for whoever is called, and the mail that calls them is
 * answered by its links. A real SMTP server gets it.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { TestHub } from '#test/support/hub.ts';
import { shareTestHub } from '#test/support/hub/shared.ts';
import { listMessages, tellStory } from '#test/support/hub/story.ts';
import { readMail } from '#test/support/mail/mail-reader.ts';
import { startMailServer } from '#test/support/mail/mail-server.ts';

const SUBJECTS = [
  ['en', 'Ann', /^Critical: Fall \(Reminder 1\)$/],
  ['fr', 'Benoît', /^Critique\s: Fall \(Rappel 1\)$/],
  ['it', 'Carla', /^Critic[ao]: Fall \(\p{L}+ 1\)$/u],
  ['zh-Hans', '小美', null],
  ['zh-Hant', '阿德', null],
] as const;

describe('a step names responders: each is called in their language', () => {
  const shared = shareTestHub({ isTelling: false });

  async function addPeople(hub: TestHub, port: number): Promise<string> {
    await hub.create('/api/v1/channels', {
      name: 'mail',
      channel_type: 'email',
      config: {
        smtp_host: '127.0.0.1',
        smtp_port: port,
        smtp_use_tls: false,
        from_email: 'tocsin@example.org',
        to_email: 'desk@example.org',
      },
    });
    const targets = [];
    for (const [language, name] of SUBJECTS) {
      const addresses = [{ channel_type: 'email', address: `${language}@example.org` }];
      const id = await hub.create('/api/v1/responders', { name, language, addresses });
      targets.push({ type: 'responder', responder_id: id });
    }
    const steps = [{ delay_s: 30, targets }];
    return hub.create('/api/v1/policies', { name: 'all of them', steps, repeat_every_s: null });
  }

  test('the label is translated, and the link in the mail answers the alert', async (t) => {
    const hub = shared();
    const server = await startMailServer({ security: 'none' });
    t.after(() => server.stop());
    const policy_id = await addPeople(hub, server.port);
    const id = await hub.raise({ title: 'Fall', severity: 'critical', policy_id });
    await hub.advance({ seconds: 31 });
    assert.equal(server.received.length, SUBJECTS.length, (await listMessages(hub, id)).join('\n'));
    const mails = new Map(server.received.map((mail) => [mail.to[0], readMail(mail.raw)]));
    const subjects = new Set<string>();
    for (const [language, , subject] of SUBJECTS) {
      const found = mails.get(`${language}@example.org`)?.headers.get('subject') ?? '';
      subjects.add(found);
      if (subject !== null) assert.match(found, subject);
      assert.equal(language === 'en' || !found.includes('Reminder'), true, found);
    }
    assert.equal(subjects.size, SUBJECTS.length, [...subjects].join('\n'));
    const text = mails.get('fr@example.org')?.text ?? '';
    const link = /https:\/\/tocsin\.example(\/a\/[\w-]+)/.exec(text)?.[1] ?? '';
    const page = await hub.call(`GET ${link}`, undefined, { key: null });
    assert.match(page.text, /<html lang="fr"/);
    await hub.call(`POST ${link}`, { action: 'calling' }, { key: null });
    assert.match(
      (await tellStory(hub, id)).at(-1) ?? '',
      /^0:31 STATUS_CHANGED PENDING -> ACKNOWLEDGED \| calling \(Benoît\)$/,
    );
  });
});
