/** The sections of pages that are printed from the code. */
import { ALERT_TRANSITIONS, type Cell } from '#alert/transitions.ts';
import { SETTINGS } from '#app/start/config.ts';
import type { AlertCommand } from '#kernel/effect.ts';
import { ERROR_CODES } from '#kernel/error-codes.ts';
import { ALERT_STATUSES } from '#kernel/words/lifecycle.ts';
import { renderTable } from './print/printed-table.ts';
import { INVARIANTS } from '#test/sim/invariants.ts';

/** What a person or a timer does, in the words of the API. */
const COMMANDS = {
  await: 'PENDING asked',
  deliver: 'delivered',
  see: 'seen',
  acknowledge: 'acknowledged',
  resolve: 'resolved',
  expire: 'expires',
  join: 'happens again',
  repost: 'reported again',
  end: 'source says over',
  time_out: 'acknowledgement runs out',
  note: 'note',
  assign: 'assigned',
  close: 'closed with a note',
  escalate: 'more people wanted now',
  decline: 'somebody called cannot come',
  record_round: 'called by other means',
  lose_round: 'no message can arrive',
} as const satisfies Readonly<Record<AlertCommand['kind'], string>>;

const CELLS: Readonly<Record<Exclude<Cell['does'], 'move'>, string>> = {
  record: 'recorded',
  refuse: '409',
  join: 'joins',
  join_again: 'joins, calls',
  refresh: 'noted',
  answer_late: 'closed by a late answer',
  late_receipt: 'late receipt',
  time_out: 'policy decides',
  note: 'noted on the timeline',
  assign: 'assigned',
  close: 'closed',
  pass_on: 'calls',
  decline: 'calls, if they had it',
  take_over: 'recorded, or taken over',
  ignore: 'nothing',
};

export function renderStates(): string {
  const kinds = keysOf(COMMANDS);
  const head = ['', ...ALERT_STATUSES];
  const rows = kinds.map((kind) => [
    `**${COMMANDS[kind]}**`,
    ...ALERT_STATUSES.map((status) => renderCell(ALERT_TRANSITIONS[status][kind])),
  ]);
  return renderTable(head, rows);
}

function renderCell(cell: Cell): string {
  return cell.does === 'move' ? cell.to : CELLS[cell.does];
}

export function renderErrors(): string {
  const rows = keysOf(ERROR_CODES).map((code) => {
    const { status, sentence } = ERROR_CODES[code];
    return [`\`${code}\``, String(status), sentence];
  });
  return renderTable(['code', 'HTTP', 'meaning'], rows);
}

/** The simulator checks each after every step of every seed; planted faults break each. */
export function renderInvariants(): string {
  const lines = INVARIANTS.map(({ number, sentence, enforcedBy, brokenBy }) => {
    const broken = brokenBy.map((name) => `\`${name}\``).join(', ');
    const enforced = enforcedBy.map((place) => `\`${place}\``).join(', ');
    return `${number}. ${sentence} *Enforced by* ${enforced}; *broken by* ${broken}.`;
  });
  return lines.join('\n');
}

export function renderSettings(): string {
  const rows = keysOf(SETTINGS).map((name) => {
    const { says, otherwise } = SETTINGS[name];
    return [`\`${name}\``, says, otherwise];
  });
  return renderTable(['variable', 'meaning', 'default'], rows);
}

function keysOf<Key extends string>(table: Readonly<Record<Key, unknown>>): readonly Key[] {
  return Object.keys(table).filter((key): key is Key => Object.hasOwn(table, key));
}
