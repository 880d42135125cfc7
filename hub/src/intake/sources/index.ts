/** Every kind of source that is reached under `/ingest/{kind}`, each listed once. */
import type { SourceType } from '#intake/source-type.ts';
import { ALERTMANAGER } from './alertmanager.ts';
import { CLOUDEVENTS } from './cloudevents.ts';
import { EDGE } from './edge.ts';
import { GENERIC } from './generic.ts';
import { GRAFANA } from './grafana.ts';
import { PEC } from './pec.ts';
import { SENTRY } from './sentry.ts';
import { SIGNOZ } from './signoz.ts';

const SOURCE_TYPES: readonly SourceType[] = [
  ALERTMANAGER,
  CLOUDEVENTS,
  EDGE,
  GENERIC,
  GRAFANA,
  PEC,
  SENTRY,
  SIGNOZ,
];

/** Null for a kind that has a way in of its own only. */
export function findSourceType(kind: string): SourceType | null {
  return SOURCE_TYPES.find((type) => type.kind === kind) ?? null;
}
