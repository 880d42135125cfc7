/** Every house rule, in one list: the tree test runs them all, the planted tests one by one. */
import { IMPORT_RULES } from './rules-imports.ts';
import { NAME_RULES } from './rules-names.ts';
import { PURITY_RULES } from './rules-purity.ts';
import { SIZE_RULES } from './rules-size.ts';
import { TABLE_RULES } from './rules-tables.ts';
import type { Rule } from './source.ts';

export const RULES: readonly Rule[] = [
  ...IMPORT_RULES,
  ...PURITY_RULES,
  ...TABLE_RULES,
  ...NAME_RULES,
  ...SIZE_RULES,
];
