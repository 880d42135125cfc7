/** A log that a test can look into, and that says nothing on the screen. */
import type { Log, LogFields } from '#kernel/ports.ts';

export type LogLine = {
  readonly level: keyof Log;
  readonly message: string;
  readonly fields: LogFields;
};

export type RecordingLog = Log & { readonly lines: readonly LogLine[] };

export function createRecordingLog(): RecordingLog {
  const lines: LogLine[] = [];
  const record =
    (level: keyof Log) =>
    (message: string, fields: LogFields = {}): void => {
      lines.push({ level, message, fields });
    };
  return {
    lines,
    debug: record('debug'),
    info: record('info'),
    warn: record('warn'),
    error: record('error'),
  };
}
