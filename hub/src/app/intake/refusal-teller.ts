/**
 * Tells of requests that were refused for their signature: each counts in a metric, and one of a
 * source every minute is noted with the source and is a line of the log, so that whoever sends
 * many costs little. Danger: nothing of the request is in it.
 */
import type { Source } from '#intake/source.ts';
import type { SourceId } from '#kernel/id.ts';
import { type Instant, plusMs } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { Clock, Log } from '#kernel/ports.ts';
import type { SourceKind } from '#kernel/words/severity.ts';

export function createRefusalTeller(parts: {
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Pick<Log, 'warn'>;
  readonly count: (kind: SourceKind) => void;
  readonly note: (source: Source, now: Instant) => void;
}): (source: Source) => void {
  const quietUntil = new Map<SourceId, Instant>();
  return (source) => {
    const { sourceId, kind } = source;
    parts.count(kind);
    const now = parts.clock.now();
    if ((quietUntil.get(sourceId) ?? now) > now) return;
    // Sources are few; a map that has grown all the same begins anew.
    if (quietUntil.size >= LIMITS.credentialCacheMax) quietUntil.clear();
    quietUntil.set(sourceId, plusMs(now, LIMITS.refusalLogGapMs));
    parts.note(source, now);
    parts.log.warn('a report was refused: its signature is missing or wrong', {
      source_id: sourceId,
      kind,
    });
  };
}
