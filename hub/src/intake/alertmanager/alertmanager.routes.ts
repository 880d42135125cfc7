/**
 * The way in for Prometheus and amtool: they point at Tocsin as at an Alertmanager.
 * Errors have Alertmanager's shapes: a plain JSON string for a bad alert, `{code, message}` else.
 * 503 when we cannot store, never 4xx for a fault of ours: Prometheus drops what gets a 4xx.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ERROR_CODES } from '#kernel/error-codes.ts';
import { formatInstant, type Instant } from '#kernel/instant.ts';
import type { JsonObject } from '#kernel/syntax/json.ts';
import { LIMITS } from '#kernel/limits.ts';
import { type MatchersReading, parseMatchers } from '#kernel/syntax/matcher.ts';
import type { Clock } from '#kernel/ports.ts';
import type { Principal } from '#kernel/principal.ts';
import {
  parseJsonBody,
  parseQuery,
  principalOf,
  type RenderError,
} from '#platform/http/http-server.ts';
import type { Report } from '#intake/report.ts';
import type { Source } from '#intake/source.ts';
import { parseAlertmanagerPost } from './posted-alert.ts';

export type AlertmanagerFilter = {
  readonly matchers: readonly Extract<MatchersReading, { ok: true }>['matchers'][number][];
  readonly isActiveWanted: boolean;
};

export type AlertmanagerRouteDeps = {
  readonly clock: Clock;
  readonly startedAt: Instant;
  readonly version: string;
  /** The source that a principal reports through; refuses a token of another kind. */
  readonly choose: (principal: Principal) => Promise<{
    readonly source: Source;
    /** For texts that may repeat what was sent. */
    readonly mask: (text: string) => string;
    readonly store: (by: Principal, reports: readonly Report[]) => Promise<unknown>;
  }>;
  readonly listOpen: (
    principal: Principal,
    filter: AlertmanagerFilter,
  ) => Promise<{ readonly alerts: readonly JsonObject[]; readonly isCut: boolean }>;
};

const renderError: RenderError = (error) => {
  const { status } = ERROR_CODES[error.code];
  const details = error.details.map(({ path, message }) => `${path}: ${message}`);
  return { code: status, message: [error.message, ...details].join(' ') };
};

export function registerAlertmanagerRoutes(
  server: FastifyInstance,
  deps: AlertmanagerRouteDeps,
): void {
  const report = { config: { access: 'report', renderError } } as const;
  server.post('/api/v2/alerts', report, (request, reply) => postAlerts(deps, request, reply));
  server.get('/api/v2/alerts', { config: { access: 'read', renderError } }, (request, reply) =>
    getAlerts(deps, request, reply),
  );
  server.get('/api/v2/status', { config: { access: 'count', renderError } }, () =>
    renderStatus(deps),
  );
  const open = { config: { access: 'public' } } as const;
  server.get('/-/healthy', open, (_request, reply) => reply.type('text/plain').send('OK'));
}

async function postAlerts(
  deps: AlertmanagerRouteDeps,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const by = principalOf(request);
  const { source, store, mask } = await deps.choose(by);
  const body = parseJsonBody(request);
  const reading = parseAlertmanagerPost(body, source.severityDefault, deps.clock.now());
  if (!reading.ok) {
    const message = `parsing alerts body: ${mask(reading.sentence)}`;
    return reply.code(400).send({ code: 400, message });
  }
  if (reading.reports.length > 0) await store(by, reading.reports);
  if (reading.refusals.length > 0) {
    return reply
      .code(400)
      .type('application/json')
      .send(JSON.stringify(reading.refusals.map(mask).join('; ')));
  }
  return reply.code(200).send();
}

async function getAlerts(
  deps: AlertmanagerRouteDeps,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const query = parseQuery(request);
  const filters = [query['filter'] ?? []].flat();
  const matchers = [];
  for (const text of filters) {
    const reading = parseMatchers(text);
    if (!reading.ok) {
      return reply
        .code(400)
        .type('application/json')
        .send(JSON.stringify(`bad matcher format: ${text}`));
    }
    matchers.push(...reading.matchers);
  }
  const isActiveWanted = query['active'] !== 'false' && isReceiverOurs(query['receiver']);
  const { alerts, isCut } = await deps.listOpen(principalOf(request), { matchers, isActiveWanted });
  if (isCut) reply.header('x-tocsin-cut-at', String(LIMITS.alertmanagerListMax));
  return reply.send(alerts);
}

/** There is one receiver, called tocsin. */
function isReceiverOurs(receiver: string | readonly string[] | undefined): boolean {
  const wanted = [receiver ?? []].flat();
  return wanted.length === 0 || wanted.some((text) => RECEIVER_PATTERNS.includes(text));
}

export const RECEIVER = 'tocsin';
const RECEIVER_PATTERNS: readonly string[] = [RECEIVER, '.*', '.+'];

function renderStatus(deps: AlertmanagerRouteDeps): JsonObject {
  return {
    cluster: { name: '', status: 'disabled', peers: [] },
    config: { original: 'route:\n  receiver: tocsin\nreceivers:\n- name: tocsin\n' },
    uptime: formatInstant(deps.startedAt),
    versionInfo: {
      version: deps.version,
      revision: '',
      branch: '',
      buildUser: '',
      buildDate: '',
      goVersion: '',
    },
  };
}
