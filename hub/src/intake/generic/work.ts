/**
 * What one request may cost. Mappings are written by operators and bodies by anybody, so that a
 * harmless template meets a body that makes it dear: all that is built for a request is counted,
 * and past the bound nothing more is built. What is made of an object is made once.
 */
import { LIMITS } from '#kernel/limits.ts';
import type { JsonObject, JsonValue } from '#kernel/syntax/json.ts';
import type { Labels } from '#intake/report.ts';

/** The request is over its bound; whatever asked for it goes without. */
export class WorkExceededError extends Error {
  constructor() {
    super('the body needs more work than a request may cost');
    this.name = 'WorkExceededError';
  }
}

export type Work = {
  /** Throws when the request is over its bound. */
  readonly spend: (chars: number) => void;
  /** The text of an object or a list; throws as `spend` does. */
  readonly renderJson: (value: JsonValue & object) => string;
  /** The labels of an object, made by `read` once: all items may point to the same one. */
  readonly rememberLabels: (name: string, value: JsonObject, read: () => Labels) => Labels;
  readonly isExceeded: () => boolean;
};

export function createWork(charsMax: number = LIMITS.mappingWorkCharsMax): Work {
  let left = charsMax;
  const texts = new Map<object, string>();
  const labels = new Map<string, Map<object, Labels>>();
  const spend = (chars: number): void => {
    left -= chars;
    if (left < 0) throw new WorkExceededError();
  };
  return {
    spend,
    renderJson: (value) => {
      const known = texts.get(value);
      if (known !== undefined) return known;
      spend(0);
      const text = JSON.stringify(value);
      texts.set(value, text);
      spend(text.length);
      return text;
    },
    rememberLabels: (name, value, read) => {
      const known = labels.get(name) ?? new Map<object, Labels>();
      labels.set(name, known);
      const made = known.get(value) ?? read();
      known.set(value, made);
      return made;
    },
    isExceeded: () => left < 0,
  };
}
