/**
 * What a page of the documentation tells its reader to do: its shell blocks in order, the output
 * that it promises after them, and the files that it tells to write. Pure.
 *
 * - A block `sh` is run, as it stands, in a shell that goes on through the page.
 * - A plain block after it is what the reader sees. `...` alone on a line stands for any lines, at
 *   the end of a line for anything.
 * - A block with `file=NAME` is written to that file.
 * - `<!-- run: terminal=NAME until="TEXT" exit=N skip="WHY" -->` before a block: another terminal,
 *   a command that goes on once it has said TEXT, its exit code, or why it cannot be run here.
 * - `<!-- hub: running -->`: what the page takes for granted, a hub and its key in KEY; with
 *   `<!-- hub: running, with a telephone -->` also the receiver of the tour.
 * - `<!-- copy: FROM TO -->`: a file of another program that the reader has.
 * - `<!-- end: NAME -->` alone: the reader presses Ctrl-C in that terminal.
 */
export type Step =
  | {
      readonly kind: 'command';
      readonly line: number;
      readonly terminal: string;
      readonly text: string;
      readonly until: string | null;
      readonly exitCode: number;
    }
  | {
      readonly kind: 'output';
      readonly line: number;
      readonly terminal: string;
      /** Not of the block before, but what a terminal that goes on has said since. */
      readonly isLater: boolean;
      readonly text: string;
    }
  | { readonly kind: 'file'; readonly line: number; readonly name: string; readonly text: string }
  /** What runs in a terminal is ended, as by Ctrl-C. */
  | { readonly kind: 'end'; readonly line: number; readonly terminal: string }
  | { readonly kind: 'skip'; readonly line: number; readonly why: string };

type Block = {
  readonly line: number;
  readonly info: string;
  readonly text: string;
  readonly wishes: ReadonlyMap<string, string>;
  /** Not a block at all: the terminal that is ended here. */
  readonly ended: string | null;
};

const MAIN_TERMINAL = 'main';

export function parsePage(markdown: string): readonly Step[] {
  const steps: Step[] = [];
  let terminal: string | null = null;
  for (const block of listBlocks(markdown)) {
    const { line, text, wishes } = block;
    if (block.ended !== null) {
      steps.push({ kind: 'end', line, terminal: block.ended });
      continue;
    }
    const why = wishes.get('skip');
    const [language = '', ...more] = block.info.split(' ');
    const name = more.find((word) => word.startsWith('file='))?.slice('file='.length);
    if (why !== undefined) {
      steps.push({ kind: 'skip', line, why });
      // What it would print cannot be seen either.
      terminal = null;
    } else if (name !== undefined) {
      steps.push({ kind: 'file', line, name, text });
    } else if (language === 'sh') {
      terminal = wishes.get('terminal') ?? MAIN_TERMINAL;
      const exitCode = Number(wishes.get('exit') ?? 0);
      steps.push({
        kind: 'command',
        line,
        terminal,
        text,
        until: wishes.get('until') ?? null,
        exitCode,
      });
    } else if (language === '' && (terminal !== null || wishes.has('terminal'))) {
      steps.push({
        kind: 'output',
        line,
        terminal: wishes.get('terminal') ?? terminal ?? '',
        isLater: wishes.has('terminal'),
        text,
      });
      terminal = null;
    }
  }
  return steps;
}

function listBlocks(markdown: string): readonly Block[] {
  const lines = markdown.split('\n');
  const blocks: Block[] = [];
  let at = 0;
  let wishes: ReadonlyMap<string, string> = new Map();
  while (at < lines.length) {
    const line = lines[at] ?? '';
    const [, fence, info = ''] = /^(`{3,})(.*)$/.exec(line) ?? [];
    const comment = /^<!-- run: (.*) -->$/.exec(line)?.[1];
    if (comment !== undefined) wishes = parseWishes(comment);
    if (line.startsWith('<!-- hub: running')) blocks.push(...takeForGranted(at + 1, line));
    const [, from, to] = /^<!-- copy: (\S+) (\S+) -->$/.exec(line) ?? [];
    if (from !== undefined) blocks.push(runHere(at + 1, `cp '${from}' '${to}'`));
    const ended = /^<!-- end: (\w+) -->$/.exec(line)?.[1] ?? null;
    if (ended !== null) blocks.push({ line: at + 1, info: '', text: '', wishes: new Map(), ended });
    if (fence === undefined) {
      at += 1;
      continue;
    }
    const end = lines.indexOf(fence, at + 1);
    if (end === -1) throw new Error(`line ${at + 1}: the block does not end`);
    const text = lines.slice(at + 1, end).join('\n');
    blocks.push({ line: at + 1, info: info.trim(), text, wishes, ended: null });
    wishes = new Map();
    at = end + 1;
  }
  return blocks;
}

function takeForGranted(line: number, comment: string): readonly Block[] {
  const start = 'TOCSIN_ALLOW_PRIVATE_TARGETS=127.0.0.0/8 npm start';
  const telephone = comment.includes('telephone')
    ? [runHere(line, 'npm run -s tour-receiver', ['telephone', 'waiting for calls'])]
    : [];
  return [
    runHere(line, start, ['hub', 'listening on']),
    ...telephone,
    runHere(line, 'export KEY=$(cat data/admin-key) URL=http://127.0.0.1:8470'),
  ];
}

/** In the reader's terminal, or as one that goes on in a terminal of its own. */
function runHere(line: number, text: string, goesOn?: readonly [string, string]): Block {
  const [terminal, until] = goesOn ?? [];
  const wishes = new Map<string, string>();
  if (terminal !== undefined) wishes.set('terminal', terminal);
  if (until !== undefined) wishes.set('until', until);
  return { line, info: 'sh', text, wishes, ended: null };
}

function parseWishes(comment: string): ReadonlyMap<string, string> {
  const wishes = new Map<string, string>();
  for (const [, name = '', quoted, bare] of comment.matchAll(/(\w+)=(?:"([^"]*)"|(\S+))/g)) {
    wishes.set(name, quoted ?? bare ?? '');
  }
  return wishes;
}
