/** Log lines: JSON where a machine reads them, one plain line each on a terminal. */
import pino from 'pino';
import type { Log, LogFields } from '#kernel/ports.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export const LOG_LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

/** Written to stderr, so that stdout holds only what a command was asked for. */
export function createLog(
  level: LogLevel,
  isTerminal: boolean,
  write = (line: string): void => void process.stderr.write(line),
): Log {
  if (isTerminal) return createTerminalLog(level, write);
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

function createTerminalLog(level: LogLevel, print: (line: string) => void): Log {
  const from = LOG_LEVELS.indexOf(level);
  const write = (of: LogLevel) => (message: string, fields?: LogFields) => {
    if (LOG_LEVELS.indexOf(of) < from) return;
    const rest = Object.entries(fields ?? {}).map(
      ([name, value]) => `${name}=${renderValue(value)}`,
    );
    print(`${of.padEnd(5)} ${clean([message, ...rest].join('  '))}\n`);
  };
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
}

/** What would move the cursor or color the screen is shown as what it is; lines of a stack stay. */
function clean(text: string): string {
  return text.replaceAll(/[^\P{Cc}\n]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `\\x${code.toString(16).padStart(2, '0')}`;
  });
}

function renderValue(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'undefined');
}
