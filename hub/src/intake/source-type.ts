/**
 * What a kind of source is: how a raw report becomes Reports, and what its senders want to hear.
 * Each kind is one pure file in `sources/`, listed once in `sources/index.ts`; the routes, the
 * settings, the try-out and the conformance suite know nothing else about it.
 */
import type { ErrorDetail } from '#kernel/error-codes.ts';
import type { Instant } from '#kernel/instant.ts';
import type { JsonObject, JsonValue } from '#kernel/syntax/json.ts';
import type { Severity, SourceKind } from '#kernel/words/severity.ts';
import type { Report } from './report.ts';

export type ParseContext = {
  /** For what names no severity that we know. */
  readonly severityDefault: Severity;
  /** Of the source, as `findMappingFaults` has let it pass. */
  readonly mapping: JsonObject;
  readonly now: Instant;
};

export type SourceReading =
  | {
      readonly ok: true;
      readonly reports: readonly Report[];
      /** One sentence for each part that was left out although the rest was taken. */
      readonly refusals: readonly string[];
    }
  /** Not what such a sender sends: nothing of it is taken. */
  | { readonly ok: false; readonly sentence: string; readonly details: readonly ErrorDetail[] };

/** What became of one report, in the order of the reading. */
export type StoredReport = {
  readonly report: Report;
  readonly eventId: string;
  readonly alertId: string | null;
  readonly isDuplicate: boolean;
};

export type SourceType = {
  readonly kind: SourceKind;
  /** For people: one line that says who sends such reports. */
  readonly summary: string;
  /** JSON Schema of its mapping; null when it takes none. */
  readonly mappingSchema: JsonObject | null;
  readonly findMappingFaults: (mapping: JsonObject) => readonly ErrorDetail[];
  readonly parse: (body: JsonValue, context: ParseContext) => SourceReading;
  /** Where each field came from, `reports[0].title`; left out where that needs no words. */
  readonly explain?: (body: JsonValue, context: ParseContext) => readonly ErrorDetail[];
  /** Of a body that is not what such a sender sends. */
  readonly refusalStatus: 400 | 422;
  /** The body of the 200 when all is stored. */
  readonly renderAnswer: (
    results: readonly StoredReport[],
    refusals: readonly string[],
  ) => JsonValue;
  /** The body of any other answer, in the shape that such senders know. */
  readonly renderError: (error: {
    readonly status: number;
    readonly code: string;
    readonly message: string;
    readonly details: readonly ErrorDetail[];
  }) => JsonValue;
};

/** For kinds whose reports always mean the same. */
export const NO_MAPPING: Pick<SourceType, 'mappingSchema' | 'findMappingFaults'> = {
  mappingSchema: null,
  findMappingFaults: (mapping) =>
    Object.keys(mapping).map((path) => ({ path, message: 'sources of this kind take no mapping' })),
};
