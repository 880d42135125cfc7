/**
 * `npm run bench`: measures Tocsin beside Alertmanager, prints the tables and writes them to
 * RESULTS.md; a quick or partial run writes to out/RESULTS.md instead. No target makes it fail:
 * exit code 1 means that something could not be measured, 2 a wrong command line.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ALERTMANAGER, type Bench, findAlertmanager, TOCSIN } from './contenders.ts';
import { measureLateness } from './escalation/lateness.ts';
import { measureNodes } from './escalation/nodes.ts';
import { measureMemory, measureStart } from './footprint.ts';
import { measureBatches, measureSingle } from './ingest.ts';
import { chooseGenerator } from './load.ts';
import { askProgram, chooseBase, readMachine } from './machine.ts';
import { NUMBERS, type NumberId, type Options, parseOptions, USAGE } from './options.ts';
import { measureReach } from './reach.ts';
import { renderResults, renderSection, type Section } from './results.ts';

const root = join(import.meta.dirname, '..');

const PHASES: Readonly<Record<NumberId, (bench: Bench) => Promise<Section>>> = {
  N1: measureSingle,
  N2: measureBatches,
  N3: measureReach,
  N4: measureLateness,
  N7: measureMemory,
  N8: measureStart,
  N10: measureNodes,
};

async function runBench(options: Options): Promise<void> {
  const out = join(import.meta.dirname, 'out');
  mkdirSync(out, { recursive: true });
  const base = chooseBase(out);
  const alertmanager = findAlertmanager();
  const generator = chooseGenerator(options.generator);
  const bench: Bench = {
    contenders: alertmanager === null ? [TOCSIN] : [TOCSIN, ALERTMANAGER],
    generator,
    rounds: options.rounds,
    isQuick: options.isQuick,
    base,
    say: (line) => console.log(line),
  };
  const machine = readMachine({
    root,
    dir: base,
    alertmanager,
    generator: generator === 'wrk' ? nameWrk() : 'our own (wrk is not installed or not wanted)',
  });
  const sections: Section[] = [];
  for (const id of options.numbers) {
    const section = await runPhase(bench, id);
    if (section === null) continue;
    sections.push(section);
    console.log(`\n${renderSection(section)}`);
  }
  const isWhole = !options.isQuick && sections.length === NUMBERS.length;
  const file = join(isWhole ? import.meta.dirname : out, 'RESULTS.md');
  const date = new Date().toISOString().slice(0, 10);
  writeFileSync(file, renderResults({ date, machine, rounds: describeRounds(options), sections }));
  console.log(`Written to ${isWhole ? 'bench' : 'bench/out'}/RESULTS.md`);
}

/** One phase that cannot be measured does not cost the others. */
async function runPhase(bench: Bench, id: NumberId): Promise<Section | null> {
  try {
    return await PHASES[id](bench);
  } catch (error) {
    console.error(`${id} could not be measured:`, error);
    process.exitCode = 1;
    return null;
  }
}

function nameWrk(): string {
  const version = /wrk (?:debian\/)?(\d[\w.]*)/.exec(askProgram('sh', ['-c', 'wrk -v; :']) ?? '');
  return `wrk ${version?.[1] ?? ''}, one thread`;
}

function describeRounds({ isQuick, rounds }: Options): string {
  const turns = `${rounds} ${rounds === 1 ? 'round' : 'rounds'}`;
  const kind = isQuick ? 'A quick run for trying, not for comparing: ' : '';
  return `${kind}${turns}, the systems by turns, one at a time, each start fresh.`;
}

const reading = parseOptions(process.argv.slice(2));
if (reading.ok) await runBench(reading.options);
else {
  console.error(`${reading.sentence}\n${USAGE}`);
  process.exitCode = 2;
}
