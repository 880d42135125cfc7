/** The pool against a server that goes away in the moment in which it lets us in. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { createRecordingLog } from '#test/support/log.ts';
import { createDatabase, isUnavailable } from './postgres.ts';
import { statement } from './statement.ts';

const ASK = statement('test.ask', 'select 1');

/** Authentication is fine, ready for a query, and FATAL 57P01: one packet. */
const WELCOME_AND_GOODBYE = Buffer.concat([
  renderMessage('R', Buffer.from([0, 0, 0, 0])),
  renderMessage('Z', Buffer.from('I')),
  renderMessage('E', Buffer.from('SFATAL\0C57P01\0Mthe server goes away\0\0')),
]);

function renderMessage(kind: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(kind);
  head.writeUInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

test('a connection that is lost while it opens fails its query, not the program', async (t) => {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end(WELCOME_AND_GOODBYE));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const connection = { host: '127.0.0.1', port, user: 'anyone', database: 'any', password: '' };
  const database = createDatabase({ connection, log: createRecordingLog() });
  t.after(() => database.close());
  await assert.rejects(database.run(ASK, []), isUnavailable);
});
