/** The person who is called, for the tour in the README: prints each webhook and its signature. */
import { createServer } from 'node:http';
import { encodeBase64, equalsConstantTime, hmacSha256 } from '#kernel/crypto.ts';
import { isJsonObject, type JsonValue, parseJson } from '#kernel/syntax/json.ts';

const PORT = Number(process.env['TOUR_PORT'] ?? 9555);
const KEY = Buffer.from('dG9jc2luIHRvdXIgc2VjcmV0IDI0Ynl0ZXM=', 'base64');

createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => {
    const body = Buffer.concat(parts).toString('utf8');
    const { headers } = request;
    const [id, time] = [headers['webhook-id'], headers['webhook-timestamp']].map(textOf);
    const signed = `${id}.${time}.${body}`;
    const wanted = `v1,${encodeBase64(hmacSha256(KEY, signed))}`;
    const isSigned = equalsConstantTime(wanted, textOf(headers['webhook-signature']));
    console.log(renderLine(body, isSigned ? 'signature ok' : 'SIGNATURE WRONG'));
    response.end();
  });
}).listen(PORT, '127.0.0.1', () => console.log(`waiting for calls on port ${PORT}`));

function textOf(header: string | string[] | undefined): string {
  return [header ?? []].flat().join(', ');
}

function renderLine(body: string, verdict: string): string {
  const reading = parseJson(body);
  const message = reading.ok && isJsonObject(reading.value) ? reading.value : {};
  const data = asObject(message['data']);
  const alert = asObject(data['alert']);
  const time = asText(message['timestamp']).slice(11, 23);
  const event = asText(message['event']).padEnd(18);
  const round = `round ${asText(data['round'])}`.padEnd(9);
  const priority = asText(data['priority']).padEnd(9);
  const what = asText(data['label'] ?? alert['title']).padEnd(28);
  return `${time}  ${event} ${round} ${priority} ${what} ${verdict}`;
}

function asText(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
}

function asObject(value: JsonValue | undefined) {
  return isJsonObject(value) ? value : {};
}
