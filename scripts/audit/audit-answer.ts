/** What the answer of `npm audit --json` comes to. Pure. */

/** What a check ends with that could not look: it has said why, and counts as nothing. */
export const UNCHECKED_CODE = 3;

export type Judged =
  | { readonly kind: 'clean'; readonly sentence: string }
  | { readonly kind: 'found'; readonly lines: readonly string[] }
  /** Nobody looked: that is no pass, and no fault of the code. */
  | { readonly kind: 'unanswered'; readonly sentence: string };

const GRAVE: readonly unknown[] = ['high', 'critical'];

export function judgeAudit(output: string): Judged {
  const answer = parseAnswer(output);
  const { vulnerabilities, metadata } = answer;
  if (!isObject(vulnerabilities) || !isObject(metadata)) {
    const status = typeof answer['statusCode'] === 'number' ? ` (${answer['statusCode']})` : '';
    const sentence = `WARNING audit: the registry answers no audits${status}; \
known holes of dependencies were not looked for`;
    return { kind: 'unanswered', sentence };
  }
  const lines = Object.entries(vulnerabilities).flatMap(([name, found]) =>
    isObject(found) && GRAVE.includes(found['severity']) ? [describe(name, found)] : [],
  );
  if (lines.length > 0) return { kind: 'found', lines };
  return { kind: 'clean', sentence: 'audit: no grave hole is known in what the hub is made of' };
}

function describe(name: string, found: Readonly<Record<string, unknown>>): string {
  const via: readonly unknown[] = Array.isArray(found['via']) ? found['via'] : [];
  const titles = via.map((one) => (isObject(one) ? String(one['title']) : `by ${String(one)}`));
  return `FAILED audit: ${name} (${String(found['severity'])}): ${titles.join('; ')}`;
}

function parseAnswer(output: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(output);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
