/**
 * HTTP of imports. One request is one transaction; a client with a long file sends several, and
 * may send each as often as it likes.
 */
import type { FastifyInstance } from 'fastify';
import { sentinelImport } from '#contract/import.ts';
import { parseWire } from '#contract/wire.ts';
import { CodedError } from '#kernel/error-codes.ts';
import { isTimeZone } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import { noteNothingWritten } from '#platform/http/acting.ts';
import { parseJsonBody, principalOf } from '#platform/http/http-server.ts';
import {
  type ImportDeps,
  type ImportRequest,
  importSentinel,
  type Notice,
} from '#app/import/run-import.ts';
import type { ChooseSource } from '#app/intake/source-chooser.ts';
import type { OnWork } from '#app/intake/tell-work.ts';

export type ImportRouteDeps = ImportDeps & {
  readonly choose: ChooseSource;
  readonly onWork: OnWork;
};

export function registerImportRoutes(server: FastifyInstance, deps: ImportRouteDeps): void {
  const administer = { config: { access: 'administer' } } as const;
  server.post('/api/v1/imports/sentinel', administer, async (request) => {
    const reading = parseWire(sentinelImport, parseJsonBody(request));
    if (!reading.ok) throw new CodedError('invalid', { details: reading.details });
    const wire = reading.value;
    if (!isTimeZone(wire.timezone)) {
      const message = 'must be a name of the time zone database, as Europe/Paris';
      throw new CodedError('invalid', { details: [{ path: 'timezone', message }] });
    }
    const by = principalOf(request);
    const { config, source } = await deps.choose(by, 'native', wire.project_id);
    const asked: ImportRequest = {
      config,
      source,
      by,
      zone: wire.timezone,
      isQuiet: wire.is_quiet ?? false,
      isDryRun: wire.is_dry_run ?? false,
      isSkippingInvalid: wire.is_skipping_invalid ?? false,
      alerts: wire.alerts.map(({ alert_id, origin, fields }) => ({
        alertId: alert_id,
        origin,
        fields,
      })),
    };
    const outcome = await importSentinel(deps, asked);
    if (outcome.kind === 'invalid') throw refuse(outcome.invalid, asked);
    const { result } = outcome;
    if (asked.isDryRun) noteNothingWritten();
    else {
      const inMs = result.nextDueAt === null ? LIMITS.pollMs : result.nextDueAt - deps.clock.now();
      deps.onWork(Math.max(0, inMs), false);
    }
    return {
      project_id: config.projectId,
      is_dry_run: asked.isDryRun,
      imported: result.imported,
      already_there: result.alreadyThere,
      open: result.open,
      due_now: result.dueNow,
      warnings: result.warnings.map(renderNotice),
      invalid: result.invalid.map(renderNotice),
    };
  });
}

function renderNotice({ alertId, message }: Notice) {
  return { alert_id: alertId, message };
}

function refuse(invalid: readonly Notice[], asked: ImportRequest): CodedError {
  const places = new Map(asked.alerts.map(({ alertId }, index) => [alertId, index]));
  return new CodedError('invalid', {
    details: invalid.map(({ alertId, message }) => ({
      path: `alerts[${places.get(alertId) ?? 0}]`,
      message: `${alertId} ${message}`,
    })),
    hint: 'Nothing was imported. Send is_skipping_invalid: true to import the others.',
  });
}
