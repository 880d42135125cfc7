/**
 * The live board at `/`: the files of console/src/live, as they are written. It is for everyone; it
 * holds nothing but itself, and what it shows it asks the API for, with a key.
 * Danger: alerts carry what strangers wrote. The page loads from this hub alone and runs no script
 * that is not a file here, whatever gets into it. Only the files that are there at the start are
 * served, by their exact names.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { CodedError } from '#kernel/error-codes.ts';
import { parseParam } from '#platform/http/http-server.ts';

const FOLDER = fileURLToPath(new URL('../../../../console/src/live/', import.meta.url));

const PAGE = 'live.html';

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

type File = { readonly type: string; readonly body: Buffer };

export function registerLivePage(server: FastifyInstance): void {
  const open = { config: { access: 'public' } } as const;
  const files = readFiles();
  server.get('/', open, (_request, reply) => send(reply, files.get(PAGE)));
  server.get('/live/:file', open, (request, reply) => {
    const name = parseParam(request, 'file');
    return send(reply, name === PAGE ? undefined : files.get(name));
  });
}

function readFiles(): ReadonlyMap<string, File> {
  const names = readdirSync(FOLDER).filter((name) => extname(name) in TYPES);
  return new Map(
    names.map((name) => {
      const type = TYPES[extname(name)] ?? '';
      return [name, { type, body: readFileSync(join(FOLDER, name)) }] as const;
    }),
  );
}

function send(reply: FastifyReply, file: File | undefined): FastifyReply {
  if (file === undefined) throw new CodedError('not_found');
  return reply.header('content-security-policy', POLICY).type(file.type).send(file.body);
}
