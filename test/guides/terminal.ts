/**
 * A terminal of the reader: a shell that goes on from block to block, with what it has printed.
 *
 * Danger: it runs what the pages say. It gets a directory of its own, an environment without
 * anything of ours, and a process group that is killed at the end.
 */
import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rejectAfter } from '#platform/finish-within.ts';

export type Ran = { readonly exitCode: number; readonly output: string };

export type Terminal = {
  /** Resolves when the block has ended. */
  readonly run: (text: string) => Promise<Ran>;
  /** Starts a block that goes on, and resolves when it has said so. */
  readonly start: (text: string, until: string) => Promise<string>;
  /** Resolves when what the last block has printed satisfies; the text of what is missing if not. */
  readonly waitFor: (
    isEnough: (output: string) => string | null,
    isLater: boolean,
  ) => Promise<string | null>;
  /** Ctrl-C; resolves when all that ran in it is gone. */
  readonly end: () => Promise<void>;
  readonly close: () => void;
};

/** A block that says nothing for this long hangs. */
const WAIT_MAX_MS = 60_000;

type State = {
  readonly shell: ChildProcessWithoutNullStreams;
  readonly name: string;
  readonly home: string;
  output: string;
  blocks: number;
  /** Where the output begins that came after a block had said that it goes on. */
  startedChars: number;
  onMore: () => void;
};

export function openTerminal(options: {
  readonly name: string;
  readonly home: string;
  readonly env: Readonly<Record<string, string>>;
}): Terminal {
  const state = openShell(options);
  return {
    run: (text) => {
      const mark = type(state, text);
      const pattern = new RegExp(`\\n${mark} (\\d+)\\n`);
      return waitFor(state, text, (output) => {
        const match = pattern.exec(output);
        if (match === null) return null;
        return { exitCode: Number(match[1]), output: output.slice(0, match.index) };
      });
    },
    start: (text, until) => {
      type(state, text);
      return waitFor(state, text, (output) => {
        const lineEnd = output.indexOf('\n', output.indexOf(until));
        if (!output.includes(until) || lineEnd === -1) return null;
        state.startedChars = lineEnd + 1;
        return output;
      });
    },
    waitFor: async (isEnough, isLater) => {
      const seen = (output: string) =>
        isEnough(isLater ? output.slice(state.startedChars) : output);
      try {
        await waitFor(state, 'output', (output) => (seen(output) === null ? true : null));
        return null;
      } catch {
        return seen(state.output);
      }
    },
    end: async () => {
      const { shell } = state;
      const gone = once(shell, 'close');
      if (shell.pid !== undefined) process.kill(-shell.pid, 'SIGINT');
      // A shell without a person at it does not end by itself.
      shell.stdin.end('exit\n');
      await gone;
    },
    close: () => {
      const { pid } = state.shell;
      if (pid === undefined || hasEnded(state.shell)) return;
      // The shell and all it has started.
      process.kill(-pid, 'SIGKILL');
    },
  };
}

function openShell({ name, home, env }: Parameters<typeof openTerminal>[0]): State {
  const shell = spawn('bash', ['--noprofile', '--norc'], { cwd: home, env, detached: true });
  const onMore = (): void => undefined;
  const state: State = { shell, name, home, output: '', blocks: 0, startedChars: 0, onMore };
  for (const stream of [shell.stdout, shell.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      state.output += text;
      state.onMore();
    });
  }
  shell.once('exit', () => state.onMore());
  return state;
}

/** Returns what the shell says when the block has ended. */
function type(state: State, text: string): string {
  const { name, home, shell } = state;
  state.blocks += 1;
  state.output = '';
  const file = join(home, `.block-${name}-${state.blocks}.sh`);
  writeFileSync(file, text);
  const mark = `--block-${name}-${state.blocks}-ended`;
  shell.stdin.write(`. '${file}' </dev/null; printf '\\n${mark} %s\\n' "$?"\n`);
  return mark;
}

function waitFor<T>(state: State, what: string, look: (output: string) => T | null): Promise<T> {
  const describe = (why: string) => new Error(`${what}: ${why}. It printed:\n${state.output}`);
  const found = new Promise<T>((resolve, reject) => {
    state.onMore = () => {
      const seen = look(state.output);
      if (seen !== null) resolve(seen);
      else if (hasEnded(state.shell)) reject(describe('the shell has ended'));
    };
    state.onMore();
  });
  return rejectAfter(WAIT_MAX_MS, found, () => describe('nothing more came')).finally(() => {
    state.onMore = () => undefined;
  });
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
