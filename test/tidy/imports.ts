/** Finds import and re-export statements and the file or package that each one names. */
import { folderOf, type SourceFile } from './source.ts';

export type FoundImport = {
  readonly at: number;
  readonly specifier: string;
  readonly isReExport: boolean;
  /** Path in the repository, or null for packages and `node:` modules. */
  readonly path: string | null;
  /** The stage or area of that path, or null. */
  readonly stage: string | null;
  /** Name of the npm package or `node:x`, or null for files of ours. */
  readonly packageName: string | null;
};

export function findImports(source: SourceFile): readonly FoundImport[] {
  return source.literals.flatMap((literal) => {
    const before = source.code.slice(Math.max(0, literal.at - 4_000), literal.at);
    if (!/\b(?:from|import|import\s*\()\s*$/.test(before)) return [];
    const keyword = [...before.matchAll(/\b(?:import|export)\b/g)].at(-1)?.[0];
    if (keyword === undefined) return [];
    const isReExport = keyword === 'export';
    const { text: specifier } = literal;
    return [{ at: literal.at, specifier, isReExport, ...resolveImport(source.path, specifier) }];
  });
}

function resolveImport(
  from: string,
  specifier: string,
): Pick<FoundImport, 'path' | 'stage' | 'packageName'> {
  const path = resolvePath(from, specifier);
  if (path === null) return { path, stage: null, packageName: readPackageName(specifier) };
  const parts = path.split('/');
  const stage = path.startsWith('hub/src/') ? parts[2] : parts[0];
  return { path, stage: stage ?? null, packageName: null };
}

function resolvePath(from: string, specifier: string): string | null {
  if (specifier.startsWith('.')) return joinPath(folderOf(from), specifier);
  if (specifier.startsWith('#contract/')) return `contract/src/${specifier.slice(10)}`;
  if (specifier.startsWith('@tocsin/contract/')) return `contract/src/${specifier.slice(17)}`;
  if (/^#(?:test|bench)\//.test(specifier)) return specifier.slice(1);
  return specifier.startsWith('#') ? `hub/src/${specifier.slice(1)}` : null;
}

function joinPath(folder: string, relative: string): string {
  const parts = folder.split('/');
  for (const part of relative.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.') parts.push(part);
  }
  return parts.join('/');
}

function readPackageName(specifier: string): string {
  const parts = specifier.split('/');
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? specifier);
}
