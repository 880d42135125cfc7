/**
 * `POST /api/v1/channels/{id}/test`: sends a test message now, and answers what came of it. 200
 * also when the target refused it; 409 when the channel cannot send at all. Danger: no secret of
 * the channel is part of any answer.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { channelTestBody } from '#contract/delivery/channel-test.ts';
import { parseWire } from '#contract/wire.ts';
import { findConfiguredChannel } from '#delivery/settings/channel.store.ts';
import { CodedError } from '#kernel/error-codes.ts';
import { channelId } from '#kernel/id.ts';
import { LIMITS } from '#kernel/limits.ts';
import { MS_PER_SECOND } from '#kernel/instant.ts';
import type { Http, Smtp } from '#kernel/ports.ts';
import type { AuditEntry } from '#kernel/words/audit-entry.ts';
import type { RecordAudit } from '#platform/http/acting.ts';
import { principalOf } from '#platform/http/http-server.ts';
import { accept, found, invalid, readableProjects, readPathId } from '#platform/http/resource.ts';
import { type ChannelTestDeps, createChannelTester } from './channel-test.ts';
import { loadConfig, type PreviewDeps } from './preview.ts';

export type ChannelTestRouteDeps = PreviewDeps &
  Omit<ChannelTestDeps, 'ports'> & {
    readonly http: Http;
    readonly smtp: Smtp;
    readonly recordAudit: RecordAudit;
  };

export function registerChannelTestRoutes(
  server: FastifyInstance,
  deps: ChannelTestRouteDeps,
): void {
  const { http, smtp, database, recordAudit } = deps;
  const tester = createChannelTester({ ...deps, ports: { http, smtp } });
  const operate = { config: { access: 'operate', reachesOut: true } } as const;
  server.post('/api/v1/channels/:id/test', operate, async (request, reply) => {
    const body = accept(parseWire(channelTestBody, request.body ?? {}));
    const { projectId, ready, language } = await findReady(deps, request);
    const fault = body.address === null ? null : ready.kind.findAddressFault(body.address);
    if (fault !== null) throw invalid('address', fault);
    const { address } = body;
    const { channelId: id, name } = ready.configured;
    const entry: AuditEntry = {
      projectId,
      action: 'channel.tested',
      object: { kind: 'channel', id, name },
      before: null,
      after: { address },
    };
    const record = () => database.transaction(async (tx) => recordAudit(tx, entry));
    const by = principalOf(request).name;
    const answer = await tester.run({ projectId, ready, language, by, address, record });
    if (answer !== null) return answer;
    reply.header('retry-after', String(LIMITS.channelTestGapMs / MS_PER_SECOND));
    throw new CodedError('test_too_soon');
  });
}

async function findReady(deps: ChannelTestRouteDeps, request: FastifyRequest) {
  const { database, configs } = deps;
  const by = principalOf(request);
  const id = channelId(readPathId(request));
  const projects = readableProjects(by, null);
  const { projectId } = found(await database.read((db) => findConfiguredChannel(db, projects, id)));
  // Whoever has just changed it, on another node maybe, tests what it is now.
  configs.drop(projectId);
  const { ways } = await loadConfig(deps, by, projectId);
  const ready = await configs.readyChannel({ projectId, channelId: id });
  if (!ready.ok) {
    const details = [{ path: ready.field, message: ready.hint }];
    throw new CodedError('channel_unusable', { details });
  }
  return { projectId, ready, language: ways.language };
}
