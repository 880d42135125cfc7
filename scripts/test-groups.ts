/**
 * What `npm test` runs, in order, and which files belong to which group. A test that needs
 * PostgreSQL or real processes is named `x.db.test.ts` or lives in a folder of `test/` that gives
 * its name to a group; every other test is pure and shares one process with the rest.
 */

type CheckGroup = {
  readonly kind: 'check';
  readonly name: string;
  /** A script in node_modules, or one of ours (`./`), for this Node, then its arguments. */
  readonly command: readonly [script: string, ...argv: string[]];
};

type TestGroup = {
  readonly kind: 'tests';
  readonly name: string;
  readonly owns: (path: string) => boolean;
  readonly options: readonly string[];
  /** How long one test may take before it counts as hanging. No test asserts a time. */
  readonly testMsMax: number;
};

export type Group = CheckGroup | TestGroup;

const ONE_PROCESS = ['--test-isolation=none'];
/** Two at a time: each file starts a PostgreSQL or a hub of its own. */
const OWN_PROCESSES = ['--test-isolation=process', '--test-concurrency=2'];

const isDatabaseTest = (path: string): boolean => path.endsWith('.db.test.ts');

const PURE_TEST_MS_MAX = 60_000;
const REAL_TEST_MS_MAX = 300_000;

function folderGroup(name: string, options: readonly string[]): TestGroup {
  const owns = (path: string): boolean => path.startsWith(`test/${name}/`);
  const testMsMax = options === ONE_PROCESS ? PURE_TEST_MS_MAX : REAL_TEST_MS_MAX;
  return { kind: 'tests', name, owns, options, testMsMax };
}

const FOLDER_GROUPS: readonly TestGroup[] = [
  folderGroup('tidy', ONE_PROCESS),
  folderGroup('smoke', OWN_PROCESSES),
  folderGroup('conformance', OWN_PROCESSES),
  folderGroup('sim', OWN_PROCESSES),
  folderGroup('guides', OWN_PROCESSES),
  folderGroup('crash', OWN_PROCESSES),
  folderGroup('browser', OWN_PROCESSES),
];

const isInFolderGroup = (path: string): boolean => FOLDER_GROUPS.some(({ owns }) => owns(path));

const [TIDY, ...REAL_WORLD] = FOLDER_GROUPS;

export const GROUPS: readonly Group[] = [
  {
    kind: 'check',
    name: 'types',
    command: ['typescript/bin/tsc', '--project', 'tsconfig.json'],
  },
  // What runs in a browser has its names instead of Node's.
  {
    kind: 'check',
    name: 'page-types',
    command: ['typescript/bin/tsc', '--project', 'console/tsconfig.json'],
  },
  { kind: 'check', name: 'lint', command: ['oxlint/bin/oxlint'] },
  { kind: 'check', name: 'format', command: ['@biomejs/biome/bin/biome', 'format', '.'] },
  { kind: 'check', name: 'unused', command: ['knip/bin/knip.js', '--no-progress'] },
  { kind: 'check', name: 'audit', command: ['./scripts/audit/run-audit.ts'] },
  {
    kind: 'tests',
    name: 'pure',
    owns: (path) => !isInFolderGroup(path) && !isDatabaseTest(path),
    options: ONE_PROCESS,
    testMsMax: PURE_TEST_MS_MAX,
  },
  ...(TIDY === undefined ? [] : [TIDY]),
  {
    kind: 'tests',
    name: 'database',
    owns: (path) => !isInFolderGroup(path) && isDatabaseTest(path),
    options: OWN_PROCESSES,
    testMsMax: REAL_TEST_MS_MAX,
  },
  ...REAL_WORLD,
];

/** Names that stand for several groups. */
const BUNDLES: Readonly<Record<string, readonly string[]>> = {
  check: ['types', 'page-types', 'lint', 'format', 'unused', 'pure', 'tidy'],
};

export type Selection =
  | { readonly ok: true; readonly groups: readonly Group[] }
  | { readonly ok: false; readonly sentence: string };

/** Groups by name, in their own order; no name means all. */
export function selectGroups(names: readonly string[]): Selection {
  if (names.length === 0) return { ok: true, groups: GROUPS };
  const wanted = new Set(names.flatMap((name) => BUNDLES[name] ?? [name]));
  const known = GROUPS.map(({ name }) => name);
  const unknown = [...wanted].filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    const list = [...known, ...Object.keys(BUNDLES)].join(', ');
    return { ok: false, sentence: `no group ${unknown.join(', ')}; there are ${list}` };
  }
  return { ok: true, groups: GROUPS.filter(({ name }) => wanted.has(name)) };
}
