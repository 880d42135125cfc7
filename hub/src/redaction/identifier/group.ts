/** Digits in groups, as people write numbers. */
import type { Hit } from '#redaction/text/hit.ts';

/** `gap` is what stands between it and the group before. */
export type Group = {
  readonly start: number;
  readonly end: number;
  readonly digits: string;
  readonly gap: string;
};

export type NumberScope = {
  /** In ids, digits in one piece are left alone. */
  readonly isId: boolean;
  readonly phoneRegions: readonly string[];
};

export type FoundGroups = { readonly hit: Hit; readonly groups: number };
