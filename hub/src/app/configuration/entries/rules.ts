/** Rules of a document. */
import { isDeepStrictEqual } from 'node:util';
import type { ConfigEntry } from '#contract/config/document.ts';
import { checkChannel, readRule } from '#delivery/settings/rule.routes.ts';
import { insertRule, updateRule } from '#delivery/settings/rule.store.ts';
import type { Rule } from '#delivery/rule.ts';
import { ruleId } from '#kernel/id.ts';
import { nextStamps } from '#platform/http/resource.ts';
import { attempt, listEntries, resolve, type Work } from './work.ts';

export async function applyRules(work: Work): Promise<void> {
  for (const [index, entry] of listEntries(work.wanted.rules)) {
    await attempt(work, { path: `rules[${index}]` }, () => applyRule(work, entry));
  }
}

async function applyRule(work: Work, entry: ConfigEntry<'rules'>): Promise<void> {
  const { tx, now } = work;
  const reference = { kind: 'channel', name: entry.channel, path: 'channel' };
  const content = readRule({
    ...entry,
    project_id: null,
    matchers: entry.matchers ?? [],
    filter: entry.filter ?? {},
    channel_id: resolve(work.channels, reference),
  });
  const known = work.before.rules.find((one) => one.name === entry.name);
  if (known !== undefined) {
    const next = { ...known, ...content };
    if (isDeepStrictEqual(next, known)) return;
    await checkChannel(tx, next);
    await updateRule(tx, { ...next, ...nextStamps(known, now) });
    return;
  }
  const rule: Rule = {
    ...content,
    projectId: work.before.project.projectId,
    ruleId: ruleId(work.deps.ids.next(now)),
    version: 1,
    createdAt: now,
    updatedAt: now,
  };
  await checkChannel(tx, rule);
  await insertRule(tx, rule);
}
