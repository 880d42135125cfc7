/** `tocsin source create`. Danger: the token is a secret, and nobody can print it again. */
import { LIMITS } from '#kernel/limits.ts';
import { SEVERITIES, SOURCE_KINDS } from '#kernel/words/severity.ts';
import { tell, textOf } from '#app/cli/kit/ask.ts';
import type { CliDeps, Command, Given } from '#app/cli/kit/command.ts';
import { findNamed, POLICIES } from '#app/cli/kit/named.ts';
import { renderFacts } from '#app/cli/kit/output.ts';
import { renderJson } from '#app/cli/kit/terminal/json.ts';
import { readMappingFile } from './mapping-file.ts';
import { renderFirstReport, resolveIngestUrl } from './first-report.ts';
import { readGivenSecrets, SECRET_WHERE } from './given-secrets.ts';
import { listSecretFacts } from './secret.ts';

const SECONDS = { min: 1, max: LIMITS.policyDelayMaxS };

export const SOURCE_CREATE: Command = {
  name: 'source create',
  summary: 'Make a way in for a sender; its token is shown this once',
  about: 'It prints the token, the URL to report to, and a line that raises a first test alert.',
  arguments: [{ name: 'NAME', says: 'what it is called; unique in its project' }],
  options: {
    kind: { value: 'KIND', says: 'Who will report; native unless given.', choices: SOURCE_KINDS },
    severity: { value: 'SEVERITY', says: 'Where a report says none.', choices: SEVERITIES },
    policy: { value: 'POLICY', says: 'Its alerts follow this one: a name or id.' },
    'silent-after': {
      value: 'SECONDS',
      says: 'Raise an alert when it has said nothing for so long.',
      range: SECONDS,
    },
    'dedup-window': {
      value: 'SECONDS',
      says: 'Reports of one problem within so long are one.',
      range: SECONDS,
    },
    'join-by': {
      value: 'LABELS',
      says: 'Reports with the same values of these labels are one problem: camera_id,alarm_type.',
    },
    mapping: { value: 'FILE', says: 'What is what in its JSON, as YAML or JSON (kind generic).' },
    secret: {
      value: 'NAME=WHERE',
      says: `What its sender signs with: ${SECRET_WHERE}.`,
      isMany: true,
    },
    project: { value: 'ID', says: 'Of which project; the default one unless given.' },
  },
  hasJson: true,
  examples: [
    'tocsin source create prom --kind alertmanager',
    'tocsin source create doors --kind generic --mapping mapping.yaml',
    'tocsin source create errors --kind sentry --secret client_secret=file:sentry-secret',
    'tocsin source create ward-3-box --kind edge --severity critical --silent-after 300',
  ],
  run: createSource,
};

async function createSource(given: Given, deps: CliDeps): Promise<number> {
  const { out } = deps;
  const secrets = await readGivenSecrets(given.texts('secret'), deps);
  const hub = deps.hub();
  const policy = given.text('policy');
  const project = given.text('project');
  const mapping = given.text('mapping');
  const joinBy = given.text('join-by');
  const body = {
    name: given.text('NAME') ?? '',
    kind: given.text('kind') ?? 'native',
    project_id: project,
    severity_default: given.text('severity'),
    policy_id:
      policy === null
        ? null
        : textOf((await findNamed(hub, POLICIES, { name: policy, project }))['id']),
    silent_after_s: given.number('silent-after'),
    dedup_window_s: given.number('dedup-window'),
    join_by: joinBy === null ? null : joinBy.split(',').map((name) => name.trim()),
    mapping: mapping === null ? null : await readMappingFile(mapping),
    secrets,
  };
  const source = await tell(hub, { method: 'POST', path: '/api/v1/sources', body });
  if (given.flag('json')) {
    out.print(renderJson(source));
    return 0;
  }
  const url = resolveIngestUrl(textOf(source['ingest_url']), hub.url);
  const token = textOf(source['token']);
  out.print(
    renderFacts([
      ['source', `${textOf(source['name'])} (${textOf(source['kind'])})`],
      ['id', textOf(source['id'])],
      ['token', token],
      ['reports to', url],
      ...listSecretFacts(source),
    ]),
  );
  if (Object.keys(secrets).length > 0) {
    out.print('\nThe token is not shown again. Only what its sender has signed is taken.');
    return 0;
  }
  out.print(`\nThe token is not shown again. A first test alert:\n`);
  out.print(renderFirstReport({ kind: body.kind, url, token }));
  return 0;
}
