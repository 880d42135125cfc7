/** Source files as the rules see them: path, text, blanked code, and which part of the house. */
import { readdirSync, readFileSync } from 'node:fs';
import { type Comment, type Literal, lexSql, lexTypeScript } from './lexer.ts';

/**
 * `pure` is the default of a stage; `io` are its store, runner and routes; `open` is platform,
 * app and everything outside hub and contract.
 */
export type FileKind = 'pure' | 'io' | 'open' | 'test' | 'sql';

export type SourceFile = {
  /** From the root of the repository, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly lines: readonly string[];
  readonly code: string;
  readonly literals: readonly Literal[];
  readonly comments: readonly Comment[];
  /** A key of MAY_IMPORT, or the first folder (`test`, `scripts`, `console`, ...). */
  readonly stage: string;
  readonly kind: FileKind;
};

export type Tree = readonly SourceFile[];

export type Violation = {
  readonly path: string;
  readonly line: number;
  readonly message: string;
};

export type Rule = {
  /** Section of the house rules and its number, such as `3.2`. */
  readonly id: string;
  readonly promise: string;
  readonly check: (tree: Tree) => readonly Violation[];
};

const ROOTS = ['hub/src', 'hub/db/migrations', 'contract/src', 'console/src'];
const OPEN_ROOTS = ['test', 'scripts', 'bench'];
const SKIPPED_FOLDERS = new Set(['node_modules', 'fixtures', 'out', 'data']);

export function createSource(path: string, text: string): SourceFile {
  const lexed = path.endsWith('.sql') ? lexSql(text) : lexTypeScript(text);
  const stage = findStage(path);
  return { path, text, lines: text.split('\n'), ...lexed, stage, kind: findKind(path, stage) };
}

/** Reads every source file below the root; folders that do not exist yet are passed over. */
export function readTree(root: string): Tree {
  const paths = [...ROOTS, ...OPEN_ROOTS].flatMap((folder) => listFiles(root, folder));
  return paths
    .toSorted()
    .map((path) => createSource(path, readFileSync(`${root}/${path}`, 'utf8')));
}

function listFiles(root: string, folder: string): string[] {
  let entries: ReturnType<typeof readFolder>;
  try {
    entries = readFolder(`${root}/${folder}`);
  } catch {
    return [];
  }
  return entries.flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return SKIPPED_FOLDERS.has(entry.name) ? [] : listFiles(root, path);
    return /\.(ts|tsx|js|sql)$/.test(entry.name) ? [path] : [];
  });
}

function readFolder(path: string) {
  return readdirSync(path, { withFileTypes: true });
}

function findStage(path: string): string {
  const parts = path.split('/');
  if (parts[0] === 'hub' && parts[1] === 'src') return parts[2] ?? '';
  return parts[0] ?? '';
}

function findKind(path: string, stage: string): FileKind {
  if (path.endsWith('.sql')) return 'sql';
  if (/\.(test|fixture)\.tsx?$/.test(path)) return 'test';
  if (path.startsWith('contract/')) return 'pure';
  if (!path.startsWith('hub/src/') || stage === 'platform' || stage === 'app') return 'open';
  return isPrivate(path) ? 'io' : 'pure';
}

/** `store.ts` or `delivery.store.ts`, and the same for runner and routes. */
export function isPrivate(path: string): boolean {
  return /(^|[/.])(store|runner|routes)\.ts$/.test(path);
}

export function lineAt(source: { readonly text: string }, at: number): number {
  let line = 1;
  for (let next = source.text.indexOf('\n'); next >= 0 && next < at; line += 1) {
    next = source.text.indexOf('\n', next + 1);
  }
  return line;
}

export function violationAt(source: SourceFile, at: number, message: string): Violation {
  return { path: source.path, line: lineAt(source, at), message };
}

/** All matches of a pattern in the blanked code, each turned into a violation. */
export function matchCode(source: SourceFile, pattern: RegExp, message: string): Violation[] {
  const matches = source.code.matchAll(new RegExp(pattern, `${pattern.flags.replace('g', '')}g`));
  return [...matches].map((match) => violationAt(source, match.index, message));
}

/** A rule that looks at one file at a time. */
export function checkEach(
  check: (source: SourceFile) => readonly Violation[],
): (tree: Tree) => readonly Violation[] {
  return (tree) => tree.filter((source) => source.kind !== 'sql').flatMap(check);
}

export function isUnder(path: string, ...folders: readonly string[]): boolean {
  return folders.some((folder) => path.startsWith(`${folder}/`));
}

export function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}

export function baseOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

export function renderViolation(rule: Rule, violation: Violation): string {
  return `${violation.path}:${violation.line} [house ${rule.id}] ${violation.message}`;
}
