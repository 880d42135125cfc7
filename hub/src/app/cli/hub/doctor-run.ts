/**
 * `tocsin doctor`: what an alarm needs on its way, and what to do about what is missing. The hub
 * looks at itself; when it does not answer, what can be seen from here is looked at instead.
 */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isJsonObject, type JsonObject, type JsonValue } from '#kernel/syntax/json.ts';
import { hasCluster } from '#platform/embedded-postgres/embedded-postgres.ts';
import { textOf } from '#app/cli/kit/ask.ts';
import type { CliDeps, Given } from '#app/cli/kit/command.ts';
import type { HubAnswer } from '#app/cli/kit/hub-client.ts';
import { renderJson } from '#app/cli/kit/terminal/json.ts';
import type { Config } from '#app/start/config.ts';
import { KEY_FILES } from '#app/start/generated-keys.ts';

type Found = {
  readonly subject: string;
  readonly status: 'pass' | 'warn' | 'fail';
  readonly message: string;
  readonly action: string | null;
};

export async function examine(given: Given, deps: CliDeps): Promise<number> {
  const { config, out } = deps;
  const client = deps.hub();
  const answer = await client.send({ method: 'POST', path: '/api/v1/doctor' });
  const isLocal = (deps.env['TOCSIN_URL'] ?? '') === '';
  const found = [
    ...(isLocal ? checkKeyFiles(config) : []),
    ...(answer.ok ? readChecks(answer.body) : explainSilence(answer, config, isLocal)),
  ];
  const isFailing = found.some(({ status }) => status === 'fail');
  if (given.flag('json')) {
    const worst = ['fail', 'warn'].find((status) => found.some((one) => one.status === status));
    out.print(renderJson({ url: client.url, status: worst ?? 'pass', checks: found }));
  } else {
    out.print(renderFound(found));
    out.print(renderSum(found, client.url));
  }
  return isFailing ? 1 : 0;
}

const MARKS = { pass: 'ok  ', warn: 'WARN', fail: 'FAIL' } as const;

function renderFound(found: readonly Found[]): string {
  const chars = Math.max(...found.map(({ subject }) => subject.length));
  return found
    .flatMap(({ subject, status, message, action }) => {
      const line = `${MARKS[status]}  ${subject.padEnd(chars)}  ${message}`;
      return action === null ? [line] : [line, `      ${' '.repeat(chars)}  -> ${action}`];
    })
    .join('\n');
}

function renderSum(found: readonly Found[], url: string): string {
  const count = (status: Found['status']) => found.filter((one) => one.status === status).length;
  const [fails, warnings] = [count('fail'), count('warn')];
  if (fails + warnings === 0) return `All is well with ${url}.`;
  return `${fails} failing, ${warnings} to look at, ${count('pass')} well, of ${url}.`;
}

function readChecks(body: JsonObject): readonly Found[] {
  const { checks } = body;
  if (!Array.isArray(checks)) return [];
  return checks.filter(isJsonObject).map((check) => {
    const project = check['project_id'];
    const where = typeof project === 'string' && project !== 'default' ? `${project}: ` : '';
    return {
      subject: `${where}${textOf(check['subject'])}`,
      status: readStatus(check['status']),
      message: textOf(check['message']),
      action: typeof check['action'] === 'string' ? check['action'] : null,
    };
  });
}

/** A word that this version does not know is nothing that is well. */
function readStatus(word: JsonValue | undefined): Found['status'] {
  return word === 'pass' || word === 'warn' ? word : 'fail';
}

/** Whoever can read these can read the secrets of the channels, or act as the administrator. */
function checkKeyFiles({ dataDir }: Config): readonly Found[] {
  const files = KEY_FILES.map((name) => join(dataDir, name)).filter((file) => existsSync(file));
  if (files.length === 0) return [];
  const open = files.filter((file) => (statSync(file).mode & 0o077) !== 0);
  if (open.length === 0) {
    const message = `${files.join(' and ')} can be read by their owner alone.`;
    return [{ subject: 'keys', status: 'pass', message, action: null }];
  }
  const message = `${open.join(' and ')} can be read by others on this machine.`;
  return [{ subject: 'keys', status: 'fail', message, action: `chmod 600 ${open.join(' ')}` }];
}

function explainSilence(
  answer: HubAnswer & { readonly ok: false },
  config: Config,
  isLocal: boolean,
): readonly Found[] {
  const message = [answer.sentence, ...answer.details].join(' ');
  if (answer.status !== null) {
    const action =
      answer.status === 401 || answer.status === 403
        ? 'Give TOCSIN_API_KEY a key with the role operator or admin.'
        : 'See the log of the hub.';
    return [{ subject: 'hub', status: 'fail', message, action }];
  }
  const action = isLocal
    ? 'Start it with `tocsin serve`, or set TOCSIN_URL to where it is.'
    : 'See that it runs there, and that the network and any proxy let you through.';
  const hub: Found = { subject: 'hub', status: 'fail', message, action };
  return isLocal ? [hub, checkDataDir(config)] : [hub];
}

function checkDataDir({ databaseUrl, dataDir }: Config): Found {
  const subject = 'data';
  if (databaseUrl !== null) {
    return {
      subject,
      status: 'pass',
      message: 'The database is that of DATABASE_URL.',
      action: null,
    };
  }
  if (hasCluster(dataDir)) {
    return { subject, status: 'pass', message: `The database lies in ${dataDir}.`, action: null };
  }
  const message = `There is no database in ${dataDir} yet; the first start makes it.`;
  const action = 'If there should be one, set TOCSIN_DATA_DIR.';
  return { subject, status: 'warn', message, action };
}
