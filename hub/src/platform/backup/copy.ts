/**
 * One table out of a database and into one, by COPY. The text of COPY with the rows in the order
 * of their keys is the same whenever the rows are, so its hash tells whether they are.
 */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import type pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import type { BackedUpTable } from './manifest.ts';

/** Fast; what is in the rows is text that gets five times smaller even so. */
const GZIP_LEVEL = 3;
const NEW_LINE = 0x0a;

export type TableShape = Pick<BackedUpTable, 'name' | 'columns'> & {
  readonly keyColumns: readonly string[];
};

export type Measured = Pick<BackedUpTable, 'rows' | 'bytes' | 'sha256'>;

/** Called with the bytes that have passed since the last call. */
export type OnBytes = (bytes: number) => void;

type Meter = { readonly stream: Transform; readonly result: () => Measured };

/** Line ends inside values are escaped, so each line is a row. */
function createMeter(onBytes: OnBytes): Meter {
  const hash = createHash('sha256');
  let rows = 0;
  let bytes = 0;
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      bytes += chunk.length;
      for (const byte of chunk) if (byte === NEW_LINE) rows += 1;
      onBytes(chunk.length);
      done(null, chunk);
    },
  });
  return { stream, result: () => ({ rows, bytes, sha256: hash.digest('hex') }) };
}

export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function renderCopyOut({ name, columns, keyColumns }: TableShape): string {
  const list = columns.map(quoteName).join(', ');
  // Without a key any order that does not change will do.
  const order = (keyColumns.length > 0 ? keyColumns : columns).map(quoteName).join(', ');
  return `copy (select ${list} from ${quoteName(name)} order by ${order}) to stdout`;
}

export async function copyTableOut(
  client: pg.Client,
  table: TableShape,
  to: { readonly file: string; readonly onBytes: OnBytes },
): Promise<Measured> {
  const meter = createMeter(to.onBytes);
  await pipeline(
    client.query(copyTo(renderCopyOut(table))),
    meter.stream,
    createGzip({ level: GZIP_LEVEL }),
    createWriteStream(to.file, { mode: 0o600, flush: true }),
  );
  return meter.result();
}

export async function copyTableIn(
  client: pg.Client,
  table: BackedUpTable,
  from: { readonly file: string; readonly onBytes: OnBytes },
): Promise<Measured> {
  const meter = createMeter(from.onBytes);
  const list = table.columns.map(quoteName).join(', ');
  await pipeline(
    createReadStream(from.file),
    createGunzip(),
    meter.stream,
    client.query(copyFrom(`copy ${quoteName(table.name)} (${list}) from stdin`)),
  );
  return meter.result();
}

/** What the table holds now. */
export async function measureTable(client: pg.Client, table: TableShape): Promise<Measured> {
  const meter = createMeter(() => undefined);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  await pipeline(client.query(copyTo(renderCopyOut(table))), meter.stream, nowhere);
  return meter.result();
}
