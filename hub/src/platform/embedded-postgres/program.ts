/**
 * Runs one of the database's programs to its end. Its environment is empty but for the language
 * and the time zone: the database has no business with our secrets, nor with a stray PGDATA.
 */
import { spawn } from 'node:child_process';
import { LIMITS } from '#kernel/limits.ts';
import type { Command } from './account.ts';
import { messageOf } from './fault.ts';

export type ProgramEnd = {
  readonly isSuccess: boolean;
  /** stdout and stderr as they came, cut at a bound. */
  readonly output: string;
  /** How it ended, for a sentence: "exit code 1", "spawn EACCES", ... */
  readonly reason: string;
  /** It could not be started at all. */
  readonly isUnstarted: boolean;
};

export const PROGRAM_ENVIRONMENT = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LC_ALL: 'C',
  TZ: 'UTC',
} as const;

/** Never rejects. After `timeoutMs` the program is killed. */
export async function runProgram(
  command: Command,
  options: { readonly cwd: string; readonly input?: string; readonly timeoutMs: number },
): Promise<ProgramEnd> {
  const { file, args, ...ids } = command;
  const { promise, resolve } = Promise.withResolvers<ProgramEnd>();
  let output = '';
  const collect = (chunk: string): void => {
    output = (output + chunk).slice(-LIMITS.programOutputCharsMax);
  };
  const fail = (error: unknown): void =>
    resolve({ isSuccess: false, output, reason: messageOf(error), isUnstarted: true });
  try {
    const child = spawn(file, args, {
      ...ids,
      cwd: options.cwd,
      env: PROGRAM_ENVIRONMENT,
      timeout: options.timeoutMs,
      killSignal: 'SIGKILL',
      stdio: 'pipe',
    });
    child.stdout.setEncoding('utf8').on('data', collect);
    child.stderr.setEncoding('utf8').on('data', collect);
    // A program that ends before it has read its input is judged by its exit code.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
    child.on('error', fail);
    child.on('close', (code, signal) => {
      const reason = signal === null ? `exit code ${code}` : `signal ${signal}`;
      resolve({ isSuccess: code === 0, output, reason, isUnstarted: false });
    });
  } catch (error) {
    // spawn throws some of its errors and emits the others.
    fail(error);
  }
  return promise;
}

/** The last lines say why. */
export function lastLines(output: string, count = 5): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  return lines.slice(-count).join(' | ');
}
