/** Which methods a path takes, for the answer to one that it does not take. Pure. */
export type Known = { readonly method: string; readonly path: string };

/** Null: there is no such path. In the order of the alphabet; each GET brings its HEAD. */
export function findMethods(routes: readonly Known[], path: string): readonly string[] | null {
  const parts = path.split('/');
  const methods = new Set<string>();
  for (const route of routes) {
    if (!isMatching(route.path.split('/'), parts)) continue;
    methods.add(route.method);
    if (route.method === 'GET') methods.add('HEAD');
  }
  return methods.size === 0 ? null : [...methods].toSorted();
}

function isMatching(pattern: readonly string[], parts: readonly string[]): boolean {
  if (pattern.length !== parts.length) return false;
  return pattern.every((wanted, at) =>
    wanted.startsWith(':') ? parts[at] !== '' : wanted === parts[at],
  );
}
