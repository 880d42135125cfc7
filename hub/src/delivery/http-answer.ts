/** What all HTTP channels read the same way: no answer at all, and Retry-After. */
import type { Instant } from '#kernel/instant.ts';
import { instant, MS_PER_SECOND, parseInstant, plusMs } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { HttpOutcome } from '#kernel/ports.ts';
import type { SendOutcome } from './outcome.ts';

type Unanswered = Exclude<HttpOutcome, { kind: 'answered' }>;

/** `urlField`: the config field that holds the address, named when that is what is wrong. */
export function classifyUnanswered(outcome: Unanswered, urlField: string): SendOutcome {
  if (outcome.reason === 'address_refused') {
    const hint = `${outcome.detail}; use a public one or list it in TOCSIN_ALLOW_PRIVATE_TARGETS`;
    return { kind: 'misconfigured', field: urlField, hint };
  }
  if (outcome.reason === 'url_invalid') {
    return { kind: 'misconfigured', field: urlField, hint: outcome.detail };
  }
  return outcome.kind === 'unknown'
    ? { kind: 'ambiguous', reason: outcome.reason }
    : { kind: 'retry', reason: outcome.reason, notBefore: null, httpStatus: null };
}

const SECONDS = /^\d{1,10}$/;
const HTTP_DATE =
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (\d{2}) ([A-Z][a-z]{2}) (\d{4}) (\d{2}:\d{2}:\d{2}) GMT$/;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/**
 * Retry-After as an instant: seconds, or the date form that RFC 9110 lets senders write. Null when
 * missing or not one of these. Cut at a delivery's maximum age, beyond which nothing is sent.
 */
export function parseRetryAfter(text: string | undefined, now: Instant): Instant | null {
  const trimmed = (text ?? '').trim();
  const at = SECONDS.test(trimmed)
    ? plusMs(now, Number(trimmed) * MS_PER_SECOND)
    : parseHttpDate(trimmed);
  return at === null ? null : instant(Math.min(at, plusMs(now, LIMITS.deliveryAgeMaxMs)));
}

function parseHttpDate(text: string): Instant | null {
  const [, day, monthName, year, time] = HTTP_DATE.exec(text) ?? [];
  if (monthName === undefined) return null;
  const month = String(MONTHS.indexOf(monthName) + 1).padStart(2, '0');
  return parseInstant(`${year}-${month}-${day}T${time}Z`);
}
