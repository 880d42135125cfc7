/** `tocsin source show`. Its token is nowhere to be read again. */
import type { Instant } from '#kernel/instant.ts';
import type { JsonObject, JsonValue } from '#kernel/syntax/json.ts';
import { renderAge } from '#app/cli/kit/age.ts';
import { ask, textOf } from '#app/cli/kit/ask.ts';
import type { CliDeps, Command, Given } from '#app/cli/kit/command.ts';
import { findNamed, POLICIES, SOURCES } from '#app/cli/kit/named.ts';
import { renderFacts } from '#app/cli/kit/output.ts';
import { renderJson } from '#app/cli/kit/terminal/json.ts';
import { listSecretFacts } from './secret.ts';

export const SOURCE_SHOW: Command = {
  name: 'source show',
  summary: 'Show a source and its settings',
  about: `Its token is not stored, only what recognises it: a token that is lost means a new
source.`,
  arguments: [{ name: 'SOURCE', says: 'its name or id' }],
  options: {
    project: { value: 'ID', says: 'Of which project, when several have one of the name.' },
  },
  hasJson: true,
  examples: ['tocsin source show prom'],
  run: showSource,
};

async function showSource(given: Given, deps: CliDeps): Promise<number> {
  const { out, clock } = deps;
  const hub = deps.hub();
  const wanted = { name: given.text('SOURCE') ?? '', project: given.text('project') };
  const source = await findNamed(hub, SOURCES, wanted);
  if (given.flag('json')) {
    out.print(renderJson(source));
    return 0;
  }
  const { policy_id: policyId, mapping } = source;
  const policy =
    typeof policyId === 'string' ? await ask(hub, `${POLICIES.path}/${policyId}`) : null;
  out.print(
    renderFacts([
      ['source', textOf(source['name'])],
      ['id', textOf(source['id'])],
      ['project', textOf(source['project_id'])],
      ['kind', `${textOf(source['kind'])}${source['is_built_in'] === true ? ', built in' : ''}`],
      ['severity', `${textOf(source['severity_default'])}, where a report has none`],
      ['policy', policy === null ? 'the default of the project' : textOf(policy['name'])],
      ['last heard', renderAge(source['last_heard_at'], clock.now())],
      ...renderRefusal(source, clock.now()),
      ['silent after', renderLimit(source)],
      ['de-duplicates', renderSeconds(source['dedup_window_s'])],
      ['joins by', renderLabels(source['join_by'])],
      ['mapping', textOf(mapping)],
      ...listSecretFacts(source),
      ['created', textOf(source['created_at'])],
    ]),
  );
  return 0;
}

/** Worth a line when there was one: most likely the secret is another one here. */
function renderRefusal(source: JsonObject, now: Instant): readonly (readonly [string, string])[] {
  const at = source['last_refused_at'];
  if (typeof at !== 'string') return [];
  return [['last refused', `${renderAge(at, now)}, for its signature`]];
}

function renderSeconds(count: unknown): string {
  return typeof count === 'number' ? `${count} s` : '-';
}

/** After how long it counts as silent, and that it does. */
function renderLimit(source: JsonObject): string {
  const limit = renderSeconds(source['silent_after_s']);
  return source['is_silent'] === true ? `${limit}, and it is` : limit;
}

function renderLabels(names: JsonValue | undefined): string {
  return Array.isArray(names) ? names.map(textOf).join(', ') : 'what the sender says';
}
