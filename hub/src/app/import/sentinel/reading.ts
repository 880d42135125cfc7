/** What is passed along while one alert of the fall-alert manager is read. */
import type { Instant } from '#kernel/instant.ts';
import type { JsonObject } from '#kernel/syntax/json.ts';
import type { FieldReader } from '#app/import/field-reader.ts';
import type { TimeReader } from '#app/import/time-reader.ts';
import type { SentinelOrigin } from './file.ts';

export type SentinelAlert = {
  readonly alertId: string;
  readonly origin: SentinelOrigin;
  readonly fields: JsonObject;
};

export type Reading = {
  readonly alert: SentinelAlert;
  readonly fields: FieldReader;
  readonly time: TimeReader;
  readonly now: Instant;
  readonly warn: (sentence: string) => void;
};
