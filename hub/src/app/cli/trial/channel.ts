/** `tocsin channel test`: sends a test message by a channel, and says what came of it. */
import { isJsonObject, type JsonObject } from '#kernel/syntax/json.ts';
import { MS_PER_SECOND } from '#kernel/instant.ts';
import { tell, textOf } from '#app/cli/kit/ask.ts';
import { renderSpan } from '#app/cli/kit/age.ts';
import type { CliDeps, Command, Given } from '#app/cli/kit/command.ts';
import { CHANNELS, findNamed } from '#app/cli/kit/named.ts';
import { renderJson } from '#app/cli/kit/terminal/json.ts';

export const CHANNEL_TEST: Command = {
  name: 'channel test',
  summary: 'Send a test message by a channel, now, and say what came of it',
  about: `The message says that it is a test. It goes to whom the channel's own settings name, \
also when the channel is inactive. Exit code 1 when it was not accepted.`,
  arguments: [{ name: 'CHANNEL', says: 'its name or its id' }],
  options: {
    to: { value: 'ADDRESS', says: 'To this address instead: of a person, as in a responder.' },
    project: { value: 'ID', says: 'Only look in this project.' },
  },
  hasJson: true,
  examples: ['tocsin channel test ops', 'tocsin channel test mail --to anna@example.org'],
  run: testChannel,
};

async function testChannel(given: Given, { hub, out }: CliDeps): Promise<number> {
  const client = hub();
  const name = given.text('CHANNEL') ?? '';
  const channel = await findNamed(client, CHANNELS, { name, project: given.text('project') });
  const answer = await tell(client, {
    method: 'POST',
    path: `${CHANNELS.path}/${textOf(channel['id'])}/test`,
    body: { address: given.text('to') },
  });
  if (given.flag('json')) out.print(renderJson(answer));
  else for (const line of renderTest(answer)) out.print(line);
  return answer['outcome'] === 'accepted' ? 0 : 1;
}

function renderTest(answer: JsonObject): readonly string[] {
  const messages = answer['messages'];
  const all = Array.isArray(messages) ? messages.filter(isJsonObject) : [];
  const name = `${textOf(answer['channel'])} (${textOf(answer['channel_type'])})`;
  const isInactive = answer['is_active'] === false;
  return [
    ...all.flatMap((message) => renderMessage(name, message, answer)),
    ...(isInactive ? ['The channel is inactive: no alert goes out by it.'] : []),
  ];
}

const SLOW_MS = 2 * MS_PER_SECOND;

function renderMessage(name: string, message: JsonObject, answer: JsonObject): readonly string[] {
  const isNamed = message['recipient'] !== answer['channel'];
  const to = isNamed ? ` to ${textOf(message['recipient'])}` : '';
  const status = message['http_status'] === null ? '' : `, HTTP ${textOf(message['http_status'])}`;
  const tookMs = Number(message['duration_ms']);
  const slow = tookMs >= SLOW_MS ? `, after ${renderSpan(tookMs)}` : '';
  const error = message['error'] === null ? '' : `\n  ${textOf(message['error'])}`;
  const hint = message['hint'] === null ? '' : `\n  ${textOf(message['hint'])}`;
  return [`${name}${to}: ${textOf(message['outcome'])}${status}${slow}${error}${hint}`];
}
