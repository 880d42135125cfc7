/** House 3: who may import whom. */
import { type FoundImport, findImports } from './imports.ts';
import { LIST_FILES, MAY_IMPORT, NPM_PACKAGES, VARIANT_FOLDERS } from './may-import.ts';
import {
  baseOf,
  checkEach,
  folderOf,
  isPrivate,
  isUnder,
  type Rule,
  type SourceFile,
  type Tree,
  type Violation,
  violationAt,
} from './source.ts';

/** A sentence when the import is not allowed, else null. */
type ImportCheck = (source: SourceFile, found: FoundImport) => string | null;

function importRule(id: string, promise: string, check: ImportCheck): Rule {
  const checkFile = (source: SourceFile): readonly Violation[] =>
    findImports(source).flatMap((found) => {
      const message = check(source, found);
      return message === null ? [] : [violationAt(source, found.at, message)];
    });
  return { id, promise, check: checkEach(checkFile) };
}

const stagesRule = importRule(
  '3.1',
  'a stage imports only what MAY_IMPORT lists for it',
  ({ stage, path, kind }, found) => {
    if (!isUnder(path, 'hub/src', 'contract/src') || found.stage === null) return null;
    const allowed = MAY_IMPORT[stage];
    if (allowed === undefined) return `stage ${stage} is not in MAY_IMPORT; add it there`;
    if (found.stage === stage || allowed.includes('*') || allowed.includes(found.stage))
      return null;
    if (found.stage === 'platform') return null; // rule 3.2 has the exact sentence
    if (found.stage === 'contract' && /(^|[/.])routes\.ts$/.test(path)) return null;
    if (found.stage === 'test' && kind === 'test') return null;
    return `${stage} must not import ${found.specifier}; ${adviseInstead(stage, found.stage)}`;
  },
);

function adviseInstead(stage: string, target: string): string {
  if (MAY_IMPORT[target]?.includes(stage) === true) {
    return 'downstream is reached by an Effect (kernel), routed in app/dispatch.ts';
  }
  if (target === 'contract') return 'only routes.ts parses with contract/';
  if (target === 'app') return 'app/ composes the stages and is imported by none';
  return 'move the shared word to kernel/, or send an Effect or a Command through app/dispatch.ts';
}

const privateFilesRule = importRule(
  '3.2',
  'store, runner and routes files are private to their folder, except to app',
  ({ path, stage, kind }, found) => {
    if (found.path === null || !isPrivate(found.path) || !isUnder(path, 'hub/src')) return null;
    if (stage === 'app' || kind === 'test' || folderOf(found.path) === folderOf(path)) return null;
    return `${found.specifier} is private to its folder; import a pure file, or wire it in app/`;
  },
);

const platformRule = importRule(
  '3.2',
  'platform is imported only by store, runner and routes files, and by app',
  ({ path, stage, kind }, found) => {
    if (found.stage !== 'platform' || !isUnder(path, 'hub/src', 'contract/src')) return null;
    if (stage === 'platform' || stage === 'app' || kind === 'test') return null;
    if (kind === 'io') return null;
    return `${baseOf(path)} must not import platform; take the port from kernel/ports.ts instead`;
  },
);

const packagesRule = importRule(
  '3.4',
  'pure files import no node modules and only listed packages',
  (source, found) => {
    const { path, kind, stage } = source;
    if (found.packageName === null || (kind !== 'pure' && kind !== 'io')) return null;
    const isNode = found.packageName.startsWith('node:');
    if (path === 'hub/src/kernel/crypto.ts' && found.packageName === 'node:crypto') return null;
    if (kind === 'pure' && found.packageName === 'node:crypto') {
      return 'node:crypto is wrapped by kernel/crypto.ts; import that';
    }
    if (found.packageName.startsWith('node:timers')) {
      return 'nothing but platform owns a timer; write a runXOnce for the ticker in platform/';
    }
    if (isNode && kind === 'io') return null;
    const allowed = NPM_PACKAGES[stage === 'contract' ? 'contract' : kind];
    if (allowed.includes(found.packageName)) return null;
    const list = allowed.join(', ');
    return `${kind} file imports ${found.specifier}; take a port as an argument (allowed: ${list})`;
  },
);

const contractRule = importRule(
  '3.6',
  'contract imports nothing of ours, console imports only contract',
  ({ path, stage }, found) => {
    if (found.stage === null || !isUnder(path, 'console/src')) return null;
    if (found.stage === 'contract' || found.stage === stage) return null;
    return `console must not import ${found.specifier}; what it needs comes through contract/`;
  },
);

const variantsRule: Rule = {
  id: '3.7',
  promise: 'sources, channels and systems never import one another and are listed once',
  check: (tree) => [...findCrossVariants(tree), ...findUnlisted(tree)],
};

function findCrossVariants(tree: Tree): readonly Violation[] {
  return tree.flatMap((source) => {
    const folder = folderOf(source.path);
    if (source.kind === 'test') return [];
    if (!VARIANT_FOLDERS.includes(folder) || LIST_FILES.includes(source.path)) return [];
    return findImports(source)
      .filter((found) => found.path !== null && folderOf(found.path) === folder)
      .filter((found) => !isSameVariant(source.path, found.path ?? ''))
      .map((found) => {
        const message = `${baseOf(source.path)} must not import ${found.specifier}; \
what two kinds share belongs one folder up`;
        return violationAt(source, found.at, message);
      });
  });
}

/** `telegram.ts` and `telegram-text.ts` or `telegram.test.ts` are one kind. */
function isSameVariant(a: string, b: string): boolean {
  const [one, other] = [baseOf(a), baseOf(b)].map((name) => name.replace(/\.tsx?$/, ''));
  return isPartOf(one ?? '', other ?? '') || isPartOf(other ?? '', one ?? '');
}

function isPartOf(part: string, whole: string): boolean {
  return part === whole || part.startsWith(`${whole}-`) || part.startsWith(`${whole}.`);
}

function findUnlisted(tree: Tree): readonly Violation[] {
  return LIST_FILES.flatMap((listPath) => {
    const list = tree.find((source) => source.path === listPath);
    if (list === undefined) return [];
    const listed = findImports(list).map((found) => found.path);
    const files = tree.filter((source) => folderOf(source.path) === folderOf(listPath));
    const kinds = files.filter((source) => source.kind !== 'test' && source !== list);
    return kinds
      .filter((kind) => !kinds.some((o) => o !== kind && isSameVariantPart(kind.path, o.path)))
      .filter((kind) => listed.filter((path) => path === kind.path).length !== 1)
      .map((kind) => violationAt(kind, 0, `list this file once in ${listPath}`));
  });
}

/** The longer-named file of a kind (`telegram-text.ts` beside `telegram.ts`). */
function isSameVariantPart(part: string, whole: string): boolean {
  return isSameVariant(part, whole) && baseOf(part).length > baseOf(whole).length;
}

const barrelRule: Rule = {
  id: '3.8',
  promise: 'no barrel files except the lists',
  check: checkEach((source) => {
    if (LIST_FILES.includes(source.path)) return [];
    const reExports = findImports(source)
      .filter((found) => found.isReExport)
      .map((found) => violationAt(source, found.at, 'no re-exports; import from the file itself'));
    const isIndex = /^index\.tsx?$/.test(baseOf(source.path));
    if (!isIndex) return reExports;
    return [...reExports, violationAt(source, 0, 'no index files; name the file for its noun')];
  }),
};

const pathFormRule = importRule(
  '3.8',
  'imports are ./x.ts within a folder and #stage/x.ts otherwise',
  ({ path }, found) => {
    if (found.specifier.includes('../')) {
      const alias = found.path?.replace(/^hub\/src\//, '').replace(/^contract\/src\//, 'contract/');
      return `../ is banned; write #${alias ?? 'stage/file.ts'}`;
    }
    const isAlias = found.specifier.startsWith('#');
    if (!isAlias || found.path === null || folderOf(found.path) !== folderOf(path)) return null;
    return `within a folder write ./${baseOf(found.path)}`;
  },
);

const cyclesRule: Rule = {
  id: '3.8',
  promise: 'no import cycles, type imports included',
  check: (tree) => {
    const graph = new Map(
      tree.map((source) => [
        source.path,
        { source, imports: findImports(source).filter((found) => found.path !== null) },
      ]),
    );
    const isDone = new Set<string>();
    const violations: Violation[] = [];
    const visit = (path: string, trail: readonly string[]): void => {
      const node = graph.get(path);
      if (node === undefined || isDone.has(path)) return;
      for (const found of node.imports) {
        const target = found.path ?? '';
        const start = [...trail, path].indexOf(target);
        if (start < 0) visit(target, [...trail, path]);
        else violations.push(violationAt(node.source, found.at, renderCycle(trail, path, start)));
      }
      isDone.add(path);
    };
    for (const path of graph.keys()) visit(path, []);
    return violations;
  },
};

function renderCycle(trail: readonly string[], path: string, start: number): string {
  const cycle = [...trail, path].slice(start);
  const shown = [...cycle, cycle[0] ?? path].map(baseOf).join(' -> ');
  return `import cycle ${shown}; move the shared part to a file of its own`;
}

export const IMPORT_RULES: readonly Rule[] = [
  stagesRule,
  privateFilesRule,
  platformRule,
  packagesRule,
  contractRule,
  variantsRule,
  barrelRule,
  pathFormRule,
  cyclesRule,
];
