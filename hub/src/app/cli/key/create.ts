/** `tocsin key create`. Danger: what it prints is a secret, and nobody can print it again. */
import { formatInstant, plusMs, type Instant, parseInstant } from '#kernel/instant.ts';
import { ROLES } from '#kernel/principal.ts';
import { parseSpan } from '#app/cli/kit/age.ts';
import { tell, textOf } from '#app/cli/kit/ask.ts';
import { type CliDeps, CliFailure, type Command, type Given } from '#app/cli/kit/command.ts';
import { renderJson } from '#app/cli/kit/terminal/json.ts';

export const KEY_CREATE: Command = {
  name: 'key create',
  summary: 'Make a key of the API; it is shown this once',
  about: `A viewer reads, a responder answers alerts too, an operator raises some too, an admin
configures the project, and ingest only reports. The key is the first line of what is printed.`,
  arguments: [{ name: 'NAME', says: 'what it is for; unique in its project' }],
  options: {
    role: { value: 'ROLE', says: 'What it may do; operator unless given.', choices: ROLES },
    expires: {
      value: 'WHEN',
      says: 'A time like 2027-01-31T12:00:00Z, or a span like 90d or 12h; never unless given.',
    },
    project: { value: 'ID', says: 'Of which project; the default one unless given.' },
  },
  hasJson: true,
  examples: [
    'tocsin key create ci --role operator',
    'tocsin key create night-shift --role responder --expires 90d',
  ],
  run: createKey,
};

async function createKey(given: Given, deps: CliDeps): Promise<number> {
  const { out } = deps;
  const expiresAt = readExpiry(given.text('expires'), deps.clock.now());
  const body = {
    name: given.text('NAME') ?? '',
    role: given.text('role') ?? 'operator',
    project_id: given.text('project'),
    expires_at: expiresAt === null ? null : formatInstant(expiresAt),
  };
  const hub = deps.hub();
  const key = await tell(hub, { method: 'POST', path: '/api/v1/keys', body });
  if (given.flag('json')) {
    out.print(renderJson(key));
    return 0;
  }
  out.print(textOf(key['key']));
  const until = expiresAt === null ? 'until it is revoked' : `until ${formatInstant(expiresAt)}`;
  out.complain(`Key ${textOf(key['name'])} of project ${textOf(key['project_id'])}: \
${textOf(key['role'])}, ${until}. It is not shown again. Use it as TOCSIN_API_KEY, with \
TOCSIN_URL=${hub.url}, or as a bearer token.`);
  return 0;
}

export function readExpiry(text: string | null, now: Instant): Instant | null {
  if (text === null) return null;
  const spanMs = parseSpan(text);
  const at = spanMs === null ? parseInstant(text) : plusMs(now, spanMs);
  if (at !== null) return at;
  const sentence = '--expires must be a time like 2027-01-31T12:00:00Z, or a span like 90d or 12h';
  throw new CliFailure(sentence, { exitCode: 2 });
}
