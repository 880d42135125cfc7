/**
 * Walks a chain row by row and says what is wrong with it. Rows come in the order of the numbers
 * that they carry; what counts is the number that each was sealed under, which its MAC proves.
 * Pure; what it remembers is bounded (`LIMITS.auditSuspectsMax`), however much is wrong.
 *
 * A row that is proven by no number is an edited one when its number is missing, else an inserted
 * one. A number that nobody has is a removed row, or the cut tail.
 */
import { isSameHash } from '#kernel/crypto.ts';
import { LIMITS } from '#kernel/limits.ts';
import { type ChainKeys, type Head, isAuthentic, type SealedRow } from './chain.ts';

export type FaultKind = 'edited' | 'removed' | 'moved' | 'inserted' | 'cut' | 'rewritten' | 'head';

export type Fault = {
  readonly kind: FaultKind;
  /** The number that is wrong; the first of them. */
  readonly seq: number;
  /** The last of them. */
  readonly untilSeq: number;
  /** The row that is wrong, where there is one. */
  readonly auditId: string | null;
  /** When that row says it was written, or the last one that is there before the hole. */
  readonly atUs: string | null;
  readonly message: string;
};

export type ChainReport = {
  /** Rows looked at. */
  readonly rows: number;
  /** The last number that was proven. */
  readonly lastSeq: number;
  /** Everything up to this number is as it was sealed. */
  readonly intactSeq: number;
  readonly intactAtUs: string | null;
  /** The first ones by number, `LIMITS.auditFaultsMax` at most. */
  readonly faults: readonly Fault[];
  readonly faultCount: number;
};

/** What was said outside of the database about where a chain had got to. */
export type Witness = Head & { readonly place: 'database' | 'outside' };

export type ChainCheck = {
  readonly next: (row: SealedRow) => void;
  /** `headNow` as the database has it after the last row was read; null = none is kept. */
  readonly end: (headNow: Head | null) => ChainReport;
};

type Hole = { readonly from: number; readonly to: number; readonly afterUs: string | null };

type Walk = {
  rows: number;
  /** The number after the highest that was proven. */
  nextSeq: number;
  lastMac: Uint8Array | null;
  lastAtUs: string | null;
  /** By how much the numbers on the rows differ from those they were sealed under. */
  shift: number;
  holes: Hole[];
  readonly suspects: SealedRow[];
  readonly faults: Fault[];
  faultCount: number;
  firstBadSeq: number;
  intactAtUs: string | null;
};

export function createChainCheck(how: {
  readonly keys: ChainKeys;
  readonly witnesses: readonly Witness[];
}): ChainCheck {
  const walk: Walk = {
    rows: 0,
    nextSeq: 1,
    lastMac: null,
    lastAtUs: null,
    shift: 0,
    holes: [],
    suspects: [],
    faults: [],
    faultCount: 0,
    firstBadSeq: Infinity,
    intactAtUs: null,
  };
  const witnesses = Map.groupBy(how.witnesses, ({ seq }) => seq);
  return {
    next: (row) => {
      walk.rows += 1;
      const seq = findSeq(row, [row.seq, row.seq - walk.shift, row.seq - 1, row.seq + 1], how.keys);
      if (seq === null) suspect(walk, row);
      else prove(walk, { row, seq, witnesses: witnesses.get(seq) ?? [] });
    },
    end: (headNow) => {
      if (walk.rows > 0 && headNow === null) tellHead(walk, 'its head is gone from the database');
      else if (headNow !== null && headNow.seq < walk.nextSeq - 1) {
        tellHead(walk, `its head in the database has been set back to ${headNow.seq}`);
      }
      findTail(walk, how.witnesses);
      settleSuspects(walk, how.keys);
      for (const hole of walk.holes) tell(walk, describeHole(walk, hole));
      return report(walk);
    },
  };
}

/** The first of these numbers that the row was sealed under. */
function findSeq(row: SealedRow, tried: Iterable<number>, keys: ChainKeys): number | null {
  for (const seq of tried) if (seq >= 1 && isAuthentic(row, seq, keys)) return seq;
  return null;
}

/** Kept for the end, when it is known which numbers are missing. */
function suspect(walk: Walk, row: SealedRow): void {
  noteBad(walk, row.seq);
  if (walk.suspects.length < LIMITS.auditSuspectsMax) walk.suspects.push(row);
  else walk.faultCount += 1;
}

type Proven = {
  readonly row: SealedRow;
  readonly seq: number;
  readonly witnesses: readonly Witness[];
};

function prove(walk: Walk, { row, seq, witnesses }: Proven): void {
  const isBehind = seq < walk.nextSeq;
  if (isBehind) {
    tellDisplaced(walk, row, { seq, isKnown: !fillHole(walk, seq) });
    return;
  }
  if (seq > walk.nextSeq)
    addHole(walk, { from: walk.nextSeq, to: seq - 1, afterUs: walk.lastAtUs });
  else if (walk.lastMac !== null && !isSameHash(row.prevMac, walk.lastMac)) {
    tellRewritten(walk, row, seq - 1);
  }
  // A whole run that stands elsewhere is told once, by its first row.
  if (row.seq - seq !== walk.shift) {
    walk.shift = row.seq - seq;
    if (walk.shift !== 0) tellDisplaced(walk, row, { seq, isKnown: false });
  }
  for (const { mac } of witnesses) if (!isSameHash(mac, row.mac)) tellRewritten(walk, row, seq);
  walk.nextSeq = seq + 1;
  walk.lastMac = row.mac;
  walk.lastAtUs = row.atUs;
  if (seq < walk.firstBadSeq) walk.intactAtUs = row.atUs;
}

function tellDisplaced(
  walk: Walk,
  row: SealedRow,
  { seq, isKnown }: { readonly seq: number; readonly isKnown: boolean },
): void {
  const base = { seq, untilSeq: seq, auditId: row.auditId, atUs: row.atUs };
  if (isKnown) {
    const message = `a copy of row ${seq} was put in as number ${row.seq}`;
    tell(walk, { ...base, kind: 'inserted', seq: row.seq, untilSeq: row.seq, message });
  } else {
    const message = `row ${seq} was moved, and carries the number ${row.seq}`;
    tell(walk, { ...base, kind: 'moved', message });
  }
}

function tellRewritten(walk: Walk, row: SealedRow, seq: number): void {
  const message = `row ${seq} is not the one that was there: it was cut off and sealed anew`;
  const { auditId, atUs } = row;
  tell(walk, { kind: 'rewritten', seq, untilSeq: seq, auditId, atUs, message });
}

function tellHead(walk: Walk, what: string): void {
  const seq = walk.nextSeq - 1;
  const fault = { seq, untilSeq: seq, auditId: null, atUs: walk.lastAtUs };
  walk.faultCount += 1;
  walk.faults.push({ ...fault, kind: 'head', message: `the rows are there, but ${what}` });
}

/** Numbers that somebody has seen, and that no row has any more. */
function findTail(walk: Walk, witnesses: readonly Witness[]): void {
  const last = witnesses.reduce((most, { seq }) => Math.max(most, seq), 0);
  if (last < walk.nextSeq) return;
  addHole(walk, { from: walk.nextSeq, to: last, afterUs: walk.lastAtUs });
}

function addHole(walk: Walk, hole: Hole): void {
  noteBad(walk, hole.from);
  if (walk.holes.length < LIMITS.auditSuspectsMax) walk.holes.push(hole);
  else walk.faultCount += 1;
}

/** False: no hole has this number. */
function fillHole(walk: Walk, seq: number): boolean {
  const at = walk.holes.findIndex(({ from, to }) => from <= seq && seq <= to);
  const hole = walk.holes[at];
  if (hole === undefined) return false;
  const left = [
    { ...hole, to: seq - 1 },
    { ...hole, from: seq + 1 },
  ].filter(({ from, to }) => from <= to);
  walk.holes.splice(at, 1, ...left);
  return true;
}

/** First those that only stand elsewhere: what they leave open is an edit, or else an addition. */
function settleSuspects(walk: Walk, keys: ChainKeys): void {
  const left = walk.suspects.filter((row) => {
    const seq = findSeq(row, listMissing(walk.holes), keys);
    if (seq === null) return true;
    fillHole(walk, seq);
    tellDisplaced(walk, row, { seq, isKnown: false });
    return false;
  });
  for (const row of left) {
    const { seq, auditId, atUs } = row;
    const base = { seq, untilSeq: seq, auditId, atUs };
    const isEdited = fillHole(walk, seq);
    const message = isEdited
      ? `row ${seq} is not as it was sealed`
      : `row ${seq} was put in; the hub has not sealed it`;
    tell(walk, { ...base, kind: isEdited ? 'edited' : 'inserted', message });
  }
}

function* listMissing(holes: readonly Hole[]): Iterable<number> {
  let count = 0;
  for (const { from, to } of holes) {
    for (let seq = from; seq <= to; seq += 1) {
      count += 1;
      if (count > LIMITS.auditSuspectsMax) return;
      yield seq;
    }
  }
}

function describeHole(walk: Walk, { from, to, afterUs }: Hole): Fault {
  const which = from === to ? `row ${from} is` : `rows ${from} to ${to} are`;
  const isTail = from >= walk.nextSeq;
  const message = isTail ? `${which} cut off the end` : `${which} gone`;
  const base = { seq: from, untilSeq: to, auditId: null, atUs: afterUs };
  return { ...base, kind: isTail ? 'cut' : 'removed', message };
}

function tell(walk: Walk, fault: Fault): void {
  walk.faultCount += 1;
  noteBad(walk, fault.seq);
  if (walk.faults.length < LIMITS.auditSuspectsMax) walk.faults.push(fault);
}

function noteBad(walk: Walk, seq: number): void {
  walk.firstBadSeq = Math.min(walk.firstBadSeq, seq);
}

function report(walk: Walk): ChainReport {
  const lastSeq = walk.nextSeq - 1;
  const faults = walk.faults.toSorted((one, other) => one.seq - other.seq);
  return {
    rows: walk.rows,
    lastSeq,
    intactSeq: Math.min(lastSeq, walk.firstBadSeq - 1),
    intactAtUs: walk.intactAtUs,
    faults: faults.slice(0, LIMITS.auditFaultsMax),
    faultCount: walk.faultCount,
  };
}
