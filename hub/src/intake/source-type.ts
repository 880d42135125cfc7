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

/** A request as its bytes came. Credentials are not among the headers. */
export type RawRequest = {
  readonly method: string;
  /** Names in lower case. */
  readonly headers: Headers;
  readonly body: Uint8Array;
};

export type Headers = Readonly<Record<string, string>>;

/** A secret that sender and hub share; beside it `<name>_previous` is accepted for a while. */
export type SecretField = { readonly name: string; readonly label: string };

/** Of each field of `secretFields` those that count now, the current one first; often none. */
export type SharedSecrets = Readonly<Record<string, readonly string[]>>;

export type Verification =
  /** `signedAt`: a time of sending that the signature covers; null where it covers none. */
  | { readonly kind: 'verified'; readonly signedAt: Instant | null }
  /** There is no secret to check it with: taken, and flagged. */
  | { readonly kind: 'unsigned' }
  /** For the sender. Danger: it never tells what would have been right. */
  | { readonly kind: 'refused'; readonly sentence: string };

/** What a kind knows beyond the bytes. */
export type VerifyContext = {
  readonly secrets: SharedSecrets;
  readonly mapping: JsonObject;
  readonly now: Instant;
};

export type ParseContext = {
  /** For what names no severity that we know. */
  readonly severityDefault: Severity;
  /** Of the source, as `findMappingFaults` has let it pass. */
  readonly mapping: JsonObject;
  readonly headers: Headers;
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
  /** As it is stored. */
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
  /** Besides POST. */
  readonly methods?: readonly ('PUT' | 'OPTIONS')[];
  /** Of the body of one request; LIMITS.bodyBytesMax unless given. */
  readonly bodyBytesMax?: number;
  /** Left out: its senders sign nothing. */
  readonly signing?: Signing;
  /** The answer to OPTIONS: a question before the first report. Stores nothing. */
  readonly answerOptions?: (raw: RawRequest) => {
    readonly status: number;
    readonly headers: Headers;
  };
  /** What is no JSON; null for what is, which then goes to `parse`. Left out: all of it is. */
  readonly read?: (
    raw: RawRequest,
    context: ParseContext,
  ) => SourceReading | null | Promise<SourceReading | null>;
  readonly parse: (body: JsonValue, context: ParseContext) => SourceReading;
  /** Where each field came from, `reports[0].title`; left out where that needs no words. */
  readonly explain?: (body: JsonValue, context: ParseContext) => readonly ErrorDetail[];
  /** Of a body that is not what such a sender sends. */
  readonly refusalStatus: 400 | 422;
  /** When all is stored; 200 unless given. */
  readonly successStatus?: 200 | 201 | 202;
  /** The body of that answer. */
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

export type Signing = {
  readonly secretFields: readonly SecretField[];
  /** Over the bytes as they came, in constant time. A clock that is wrong is no reason to refuse. */
  readonly verify: (raw: RawRequest, context: VerifyContext) => Verification;
};

/** For kinds whose reports always mean the same. */
export const NO_MAPPING: Pick<SourceType, 'mappingSchema' | 'findMappingFaults'> = {
  mappingSchema: null,
  findMappingFaults: (mapping) =>
    Object.keys(mapping).map((path) => ({ path, message: 'sources of this kind take no mapping' })),
};

/** For senders that expect no shape of their own: the one of our API. */
export const OWN_SHAPE: Pick<SourceType, 'renderAnswer' | 'renderError'> = {
  renderAnswer: (results, refusals) => ({
    results: results.map(({ eventId, alertId, isDuplicate }) => ({
      event_id: eventId,
      alert_id: alertId,
      is_duplicate: isDuplicate,
    })),
    refused: [...refusals],
  }),
  renderError: ({ code, message, details }) => ({
    error: {
      code,
      message,
      ...(details.length === 0 ? {} : { details: details.map((one) => ({ ...one })) }),
    },
  }),
};
