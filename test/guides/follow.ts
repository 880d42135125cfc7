/** Follows a page from its first line to its last, as a new user would. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findDifference } from './compare.ts';
import { parsePage, type Step } from './page.ts';
import { openTerminal, type Terminal } from './terminal.ts';
import { findFreePort, makeWorkspace, PROJECT } from './workspace.ts';

/** Of the hub, and of the receiver of the tour. */
const PORTS: readonly string[] = ['8470', '9555'];

/** For whoever writes a page: `TOCSIN_TEST_SHOW=1` prints what each block has printed. */
const isShown = process.env['TOCSIN_TEST_SHOW'] === '1';

type Following = {
  readonly page: string;
  readonly home: string;
  /** From a port of the page to one that is free here. */
  readonly ports: ReadonlyMap<string, string>;
  readonly terminals: Map<string, Terminal>;
  /** What the last block of a terminal has printed. */
  readonly printed: Map<string, string>;
};

export async function followPage(page: string): Promise<void> {
  const steps = parsePage(readFileSync(join(PROJECT, page), 'utf8'));
  const { home, remove } = makeWorkspace();
  const ports = new Map<string, string>();
  for (const port of PORTS) ports.set(port, String(await findFreePort()));
  const following: Following = { page, home, ports, terminals: new Map(), printed: new Map() };
  try {
    for (const step of steps) await followStep(following, step);
  } finally {
    for (const terminal of following.terminals.values()) terminal.close();
    remove();
  }
}

async function followStep(following: Following, step: Step): Promise<void> {
  const { home, page, printed } = following;
  const where = `${page}:${step.line}`;
  switch (step.kind) {
    case 'skip':
      return;
    case 'end':
      await following.terminals.get(step.terminal)?.end();
      following.terminals.delete(step.terminal);
      return;
    case 'file':
      writeFileSync(join(home, step.name), `${translate(following, step.text)}\n`);
      return;
    case 'command': {
      const terminal = findTerminal(following, step.terminal);
      const text = translate(following, step.text);
      if (step.until !== null) {
        await terminal.start(text, translate(following, step.until));
        printed.delete(step.terminal);
        return;
      }
      const { exitCode, output } = await terminal.run(text);
      printed.set(step.terminal, output);
      if (isShown) console.log(`${where}\n${untranslate(following, output)}`);
      assert.equal(exitCode, step.exitCode, `${where} ends with ${exitCode}:\n${output}`);
      return;
    }
    case 'output':
      await compareOutput(following, step, where);
  }
}

async function compareOutput(
  following: Following,
  step: Step & { readonly kind: 'output' },
  where: string,
): Promise<void> {
  const differs = (output: string) => findDifference(step.text, untranslate(following, output));
  const output = following.printed.get(step.terminal);
  const difference =
    output === undefined
      ? await findTerminal(following, step.terminal).waitFor(differs, step.isLater)
      : differs(output);
  assert.equal(difference, null, `${where} is not what is seen:\n${difference}\nin:\n${output}`);
}

function findTerminal(following: Following, name: string): Terminal {
  const known = following.terminals.get(name);
  if (known !== undefined) return known;
  const { home, ports } = following;
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    LANG: 'C.UTF-8',
    TOCSIN_PORT: ports.get('8470') ?? '',
    TOUR_PORT: ports.get('9555') ?? '',
    // A page says nothing of it: it stands for the reader's own terminal.
    npm_config_update_notifier: 'false',
  };
  const terminal = openTerminal({ name, home, env });
  following.terminals.set(name, terminal);
  return terminal;
}

/** The reader has run `npm ci`; so have we. */
function translate({ ports }: Following, text: string): string {
  let translated = text.replaceAll('npm ci && ', '');
  for (const [from, to] of ports) translated = translated.replaceAll(from, to);
  return translated;
}

function untranslate({ ports, home }: Following, text: string): string {
  let translated = text.replaceAll(home, '/home/you/tocsin');
  for (const [from, to] of ports) translated = translated.replaceAll(to, from);
  return translated;
}
