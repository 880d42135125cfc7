/** House 7: style by the numbers; and the shape of folders (3.8, 3.9). */
import { findFunctions } from './functions.ts';
import {
  baseOf,
  checkEach,
  folderOf,
  isUnder,
  matchCode,
  type Rule,
  type SourceFile,
  type Tree,
  lineAt,
  violationAt,
} from './source.ts';

const LINE_COLUMNS_MAX = 100;
const FUNCTION_LINES_MAX = 70;
const FILE_LINES_MAX = 500;
const FOLDER_FILES_MAX = 12;
const PARAMETERS_MAX = 3;
const TEST_TO_CODE_MIN = 1.2;

const BANNED_FOLDERS = new Set(
  'util utils common helper helpers type types service services manager managers'.split(' '),
);

const lineRule: Rule = {
  id: '7',
  promise: `lines have at most ${LINE_COLUMNS_MAX} columns`,
  check: (tree) =>
    tree.flatMap(({ path, lines }) =>
      lines.flatMap((text, index) => {
        const columns = Array.from(text).length;
        // A regular expression cannot be broken, and a broken one could not be searched for.
        if (columns <= LINE_COLUMNS_MAX || /^\s*\/.*\/[a-z]*[;,)]*$/.test(text)) return [];
        const message = `${columns} columns; break the line at ${LINE_COLUMNS_MAX}`;
        return [{ path, line: index + 1, message }];
      }),
    ),
};

const functionRule: Rule = {
  id: '7',
  promise: `functions have at most ${FUNCTION_LINES_MAX} lines and ${PARAMETERS_MAX} parameters`,
  check: checkEach((source) =>
    findFunctions(source.code).flatMap((found) => {
      const name = found.name === '' ? 'the callback' : found.name;
      const lineCount = lineAt(source, found.end) - lineAt(source, found.start) + 1;
      const messages: string[] = [];
      if (lineCount > FUNCTION_LINES_MAX && !/^(describe|suite)$/.test(found.calledBy)) {
        messages.push(`${name} has ${lineCount} lines; keep the flow here and name its leaves`);
      }
      if (found.parameterCount > PARAMETERS_MAX) {
        messages.push(
          `${name} takes ${found.parameterCount} parameters; take one object of named options`,
        );
      }
      return messages.map((message) => violationAt(source, found.start, message));
    }),
  ),
};

const fileRule: Rule = {
  id: '7',
  promise: `files have at most ${FILE_LINES_MAX} lines`,
  check: checkEach(({ path, lines }) => {
    const lineCount = lines.at(-1) === '' ? lines.length - 1 : lines.length;
    if (lineCount <= FILE_LINES_MAX) return [];
    return [{ path, line: FILE_LINES_MAX + 1, message: `${lineCount} lines; split it by noun` }];
  }),
};

const folderRule: Rule = {
  id: '7',
  promise: `folders have at most ${FOLDER_FILES_MAX} files, lists and tests apart`,
  check: (tree) => {
    const counted = tree.filter(
      ({ kind, path }) => kind !== 'test' && kind !== 'sql' && !/^index\.tsx?$/.test(baseOf(path)),
    );
    const folders = Map.groupBy(counted, ({ path }) => folderOf(path));
    return [...folders]
      .filter(([, files]) => files.length > FOLDER_FILES_MAX)
      .map(([folder, files]) => ({
        path: folder,
        line: 0,
        message: `${files.length} files; split the folder by noun`,
      }));
  },
};

const folderNameRule: Rule = {
  id: '3.8',
  promise: 'no folder or file is called utils, common, helpers, types, services or managers',
  check: (tree) =>
    tree.flatMap(({ path }) => {
      const parts = path.replace(/\.(test\.)?(ts|tsx|sql)$/, '').split('/');
      const banned = parts.find((part) => BANNED_FOLDERS.has(part));
      if (banned === undefined) return [];
      const message = `"${banned}" collects anything; name it for the noun inside`;
      return [{ path, line: 1, message }];
    }),
};

const tsxRule: Rule = {
  id: '3.9',
  promise: 'no .tsx in the hub',
  check: (tree) =>
    tree
      .filter(({ path }) => path.endsWith('.tsx') && isUnder(path, 'hub', 'contract'))
      .map(({ path }) => ({
        path,
        line: 1,
        message: 'Node cannot run .tsx; render with an escaped template in a .ts file',
      })),
};

/** `as` may stand only where unknown becomes typed: see `isAssertionHome`. */
const assertionRule: Rule = {
  id: '7',
  promise: '`as` only in parse functions, row parsers, id and instant constructors',
  check: checkEach((source) => {
    if (/^hub\/src\/kernel\/(instant|ids?)\.ts$/.test(source.path)) return [];
    const functions = findFunctions(source.code);
    return findAssertions(source.code)
      .filter(
        (at) => !functions.some((each) => at >= each.start && at <= each.end && isParser(each)),
      )
      .map((at) => {
        const message = '`as` hides a mistake; narrow with a check, or move it into a parseX';
        return violationAt(source, at, message);
      });
  }),
};

function isParser({ name }: { readonly name: string }): boolean {
  return /^parse([A-Z]|$)|Row$/.test(name);
}

/** Offsets of `value as Type`; not `as const`, renamed imports, or keys of mapped types. */
function findAssertions(code: string): readonly number[] {
  return [...code.matchAll(/(?<=[\w$)\]}'"`>!]\s*)(?<![.\w$])as\s+(?!const\b)(?=[\w${[('"`(-])/g)]
    .map((match) => match.index)
    .filter((at) => !isRename(code, at) && !isMappedKey(code, at));
}

function isRename(code: string, at: number): boolean {
  const statement = code.slice(Math.max(0, code.lastIndexOf(';', at)), at);
  return /\b(?:import|export)\s+(?:type\s+)?(?:[\w$]+\s*,\s*)?(?:\{[^}]*|\*\s*)$/.test(statement);
}

function isMappedKey(code: string, at: number): boolean {
  return /\[\s*[\w$]+\s+in\s+[^\]]*$/.test(code.slice(Math.max(0, at - 200), at));
}

const marksRule: Rule = {
  id: '7',
  promise: 'no marks for later in comments',
  check: (tree) =>
    tree.flatMap((source) =>
      source.comments.flatMap(({ at, text }) => {
        const match = /\b(?:TODO|FIXME|XXX|HACK)\b/.exec(text);
        if (match === null) return [];
        const message = `${match[0]} is a plan nobody reads; do it now or open an issue`;
        return [violationAt(source, at + match.index, message)];
      }),
    ),
};

const suppressRule: Rule = {
  id: '7',
  promise: 'no test is skipped or run alone',
  check: checkEach((source) => {
    const message = 'a test that does not run proves nothing; mend it or delete it';
    const pattern = /\b(?:test|it|describe|suite)\s*\.\s*(?:skip|only|todo)\b/;
    return source.kind === 'test' ? matchCode(source, pattern, message) : [];
  }),
};

/**
 * Tables without a branch, not counted as code: a test goes through every entry of them, and every
 * answer in the smoke suite is held against the operations.
 */
const TABLES: readonly string[] = [
  'contract/src/api/operations/',
  'contract/src/api/words.ts',
  'contract/src/api/examples.ts',
  'contract/src/api/named-schemas.ts',
];

/** One language each; a test beside them goes through every phrase of every language. */
const PHRASES = /^hub\/src\/[\w/-]+\/phrases\/(?:en|fr|it|zh-hans|zh-hant)\.ts$/;

function isCode({ kind, path }: SourceFile): boolean {
  const isTable = TABLES.some((table) => path.startsWith(table)) || PHRASES.test(path);
  return kind !== 'test' && kind !== 'sql' && !isTable;
}

const ratioRule: Rule = {
  id: '7',
  promise: `there are at least ${TEST_TO_CODE_MIN} lines of tests for a line of code`,
  check: (tree) => {
    const product = tree.filter(({ path }) => isUnder(path, 'hub', 'contract', 'console'));
    const codeLines = countLines(product.filter(isCode));
    const testLines = countLines(tree.filter(isTestFile));
    if (testLines >= codeLines * TEST_TO_CODE_MIN) return [];
    const ratio = (testLines / codeLines).toFixed(2);
    const message = `${testLines} lines of tests for ${codeLines} of code (${ratio}); \
write at least ${TEST_TO_CODE_MIN} for each`;
    return [{ path: 'test', line: 0, message }];
  },
};

function isTestFile({ kind, path }: SourceFile): boolean {
  return kind === 'test' || isUnder(path, 'test');
}

function countLines(tree: Tree): number {
  return tree.reduce(
    (sum, { lines }) => sum + lines.filter((line) => line.trim() !== '').length,
    0,
  );
}

export const SIZE_RULES: readonly Rule[] = [
  lineRule,
  functionRule,
  fileRule,
  folderRule,
  folderNameRule,
  tsxRule,
  assertionRule,
  marksRule,
  suppressRule,
  ratioRule,
];
