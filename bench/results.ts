/**
 * From rounds to tables: spread of each measure, ratio of each round, and whether the target of
 * design is reached. Pure.
 */
import type { SystemName } from './contenders.ts';
import { computeRatios, computeSpread, type Spread } from './statistics.ts';

export type Round = {
  readonly round: number;
  readonly system: SystemName;
  readonly values: Readonly<Record<string, number>>;
};

export type Target = {
  /** Of our own value, or of our value divided by Alertmanager's in the same round. */
  readonly of: 'value' | 'ratio';
  readonly bound: 'at least' | 'at most' | 'below';
  readonly limit: number;
  /** Over the rounds: their median, or the worst of them. */
  readonly judgedBy: 'median' | 'worst';
};

export type Measure = {
  readonly key: string;
  readonly label: string;
  readonly digits: number;
  readonly hasRatio: boolean;
  readonly targets: readonly Target[];
};

export type Section = {
  readonly id: string;
  readonly title: string;
  /** How it was measured, in a few sentences. */
  readonly how: string;
  readonly measures: readonly Measure[];
  readonly rounds: readonly Round[];
};

const RATIO_DIGITS = 2;
const NOTHING = '-';

type Judged = { readonly target: string; readonly reached: string };

export function judge(section: Section, measure: Measure): Judged {
  const verdicts = measure.targets.map((target) => {
    const spread = computeSpread(
      target.of === 'value' ? valuesOf(section, measure, 'tocsin') : ratiosOf(section, measure),
    );
    return { text: renderTarget(target, measure), isReached: isReached(target, spread) };
  });
  if (verdicts.length === 0) return { target: '', reached: '' };
  const isOpen = verdicts.some(({ isReached }) => isReached === null);
  const isMissed = verdicts.some(({ isReached }) => isReached === false);
  const reached = isMissed ? 'no' : isOpen ? 'not measured' : 'yes';
  return { target: verdicts.map(({ text }) => text).join(', '), reached };
}

function isReached(target: Target, spread: Spread | null): boolean | null {
  if (spread === null) return null;
  const worst = target.bound === 'at least' ? spread.min : spread.max;
  const value = target.judgedBy === 'median' ? spread.median : worst;
  if (target.bound === 'at least') return value >= target.limit;
  return target.bound === 'below' ? value < target.limit : value <= target.limit;
}

function renderTarget(target: Target, measure: Measure): string {
  const isRatio = target.of === 'ratio';
  const limit = renderNumber(target.limit, isRatio ? RATIO_DIGITS : measure.digits);
  const judgedBy = target.judgedBy === 'worst' ? ' in every round' : '';
  return `${target.bound} ${limit}${isRatio ? " of Alertmanager's" : ''}${judgedBy}`;
}

function valuesOf(section: Section, measure: Measure, system: SystemName): readonly number[] {
  return [...byRound(section, measure, system).values()];
}

function ratiosOf(section: Section, measure: Measure): readonly number[] {
  const [ours, theirs] = [
    byRound(section, measure, 'tocsin'),
    byRound(section, measure, 'alertmanager'),
  ];
  return computeRatios(ours, theirs);
}

function byRound(
  section: Section,
  { key }: Measure,
  system: SystemName,
): ReadonlyMap<number, number> {
  return new Map(
    section.rounds.flatMap((round): [number, number][] => {
      const value = round.values[key];
      return round.system === system && value !== undefined ? [[round.round, value]] : [];
    }),
  );
}

export function renderSection(section: Section): string {
  const rows = section.measures.map((measure) => {
    const { target, reached } = judge(section, measure);
    const ratios = measure.hasRatio ? ratiosOf(section, measure) : [];
    return [
      measure.label,
      renderSpread(valuesOf(section, measure, 'tocsin'), measure.digits),
      renderSpread(valuesOf(section, measure, 'alertmanager'), measure.digits),
      renderSpread(ratios, RATIO_DIGITS),
      target,
      reached,
    ];
  });
  const head = ['min / median / max', 'Tocsin', 'Alertmanager', 'ratio', 'target', 'reached'];
  const table = renderTable([head, ...rows]);
  return `## ${section.id}: ${section.title}\n\n${section.how}\n\n${table}\n`;
}

export function renderRounds(section: Section): string {
  const head = ['round', 'system', ...section.measures.map(({ label }) => label)];
  const rows = section.rounds.map(({ round, system, values }) => [
    String(round),
    system,
    ...section.measures.map(({ key, digits }) => {
      const value = values[key];
      return value === undefined ? NOTHING : renderNumber(value, digits);
    }),
  ]);
  const measured = section.measures.filter(({ hasRatio }) => hasRatio);
  const ratios = measured.map((measure) => {
    const list = ratiosOf(section, measure).map((ratio) => renderNumber(ratio, RATIO_DIGITS));
    return `- ${measure.label}: ${list.length === 0 ? NOTHING : list.join(', ')}`;
  });
  const byRound = ratios.length === 0 ? '' : `\nRatio in each round:\n\n${ratios.join('\n')}\n`;
  return `### ${section.id}\n\n${renderTable([head, ...rows])}\n${byRound}`;
}

/** The whole document. */
export function renderResults(options: {
  readonly date: string;
  readonly machine: Readonly<Record<string, string>>;
  readonly rounds: string;
  readonly sections: readonly Section[];
}): string {
  const facts = Object.entries({ Date: options.date, ...options.machine });
  const parts = [
    '# Measured\n',
    `Written by \`npm run bench\`; README.md beside it says how. ${options.rounds}\n`,
    `${renderTable([['machine', ''], ...facts])}\n`,
    ...options.sections.map(renderSection),
    '## Rounds\n',
    ...options.sections.map(renderRounds),
  ];
  return `${parts.join('\n').trimEnd()}\n`;
}

function renderSpread(values: readonly number[], digits: number): string {
  const spread = computeSpread(values);
  if (spread === null) return NOTHING;
  const { min, median, max } = spread;
  if (min === max) return renderNumber(min, digits);
  return [min, median, max].map((value) => renderNumber(value, digits)).join(' / ');
}

export function renderNumber(value: number, digits: number): string {
  if (!Number.isFinite(value)) return NOTHING;
  const [whole = '', fraction] = value.toFixed(digits).split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

export function renderTable(rows: readonly (readonly string[])[]): string {
  const [head = [], ...rest] = rows;
  const widths = head.map((_, column) =>
    Math.max(3, ...rows.map((row) => (row[column] ?? '').length)),
  );
  const line = (cells: readonly string[]) =>
    `| ${widths.map((width, column) => (cells[column] ?? '').padEnd(width)).join(' | ')} |`;
  const rule = line(widths.map((width) => '-'.repeat(width)));
  return [line(head), rule, ...rest.map(line)].join('\n');
}
