/** Log lines: JSON where a machine reads them, one plain line each on a terminal. */
import pino from 'pino';
import type { Log, LogFields } from '#kernel/ports.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export const LOG_LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

/** Written to stderr, so that stdout holds only what a command was asked for. */
export function createLog(level: LogLevel, isTerminal: boolean): Log {
  if (isTerminal) return createTerminalLog(level);
  const logger = pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ fd: 2, sync: true }),
  );
  return {
    debug: (message, fields) => logger.debug(fields ?? {}, message),
    info: (message, fields) => logger.info(fields ?? {}, message),
    warn: (message, fields) => logger.warn(fields ?? {}, message),
    error: (message, fields) => logger.error(fields ?? {}, message),
  };
}

function createTerminalLog(level: LogLevel): Log {
  const from = LOG_LEVELS.indexOf(level);
  const write = (of: LogLevel) => (message: string, fields?: LogFields) => {
    if (LOG_LEVELS.indexOf(of) < from) return;
    const rest = Object.entries(fields ?? {}).map(
      ([name, value]) => `${name}=${renderValue(value)}`,
    );
    process.stderr.write(`${of.padEnd(5)} ${[message, ...rest].join('  ')}\n`);
  };
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
}

function renderValue(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'undefined');
}
