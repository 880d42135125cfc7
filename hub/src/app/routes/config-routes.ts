/**
 * HTTP of configuration as code: `GET /api/v1/config`, and `POST` of its `/plan` and `/apply`.
 * Danger: documents come in with secrets in clear. They are never answered, and no error repeats
 * a value; only a secret that is made here goes out, in the answer to the `apply` that made it.
 */
import type { FastifyInstance } from 'fastify';
import { configApplication, configQuery, configRequest } from '#contract/config/answer.ts';
import { parseWire } from '#contract/wire.ts';
import { principalOf } from '#platform/http/http-server.ts';
import { accept, readableProjects } from '#platform/http/resource.ts';
import type { ConfigResult, Configuration } from '#app/configuration/configuration.ts';
import { readConfig } from '#app/configuration/document.ts';

const MADE = ['generated.*.value', 'generated.*.ingest_url'];

export function registerConfigRoutes(server: FastifyInstance, configuration: Configuration): void {
  const administer = { config: { access: 'administer' } } as const;

  server.get('/api/v1/config', { config: { access: 'read' } }, async (request) => {
    const query = accept(parseWire(configQuery, request.query));
    const projects = readableProjects(principalOf(request), query.project_id);
    const { config, leftOut } = await configuration.export(projects);
    return { config, left_out: leftOut };
  });

  const planning = { config: { ...administer.config, unaudited: 'a plan is never committed' } };
  server.post('/api/v1/config/plan', planning, async (request) => {
    const body = accept(readConfig(configRequest, request.body));
    const result = await configuration.plan({
      document: body,
      isPruning: body.prune ?? false,
      by: principalOf(request),
      versions: null,
      isGenerating: true,
    });
    return renderResult(result);
  });

  const applied = { access: 'administer', shownOnce: MADE } as const;
  server.post('/api/v1/config/apply', { config: applied }, async (request) => {
    const body = accept(readConfig(configApplication, request.body));
    const result = await configuration.apply({
      document: body,
      isPruning: body.prune ?? false,
      by: principalOf(request),
      versions: body.project_versions,
      isGenerating: true,
    });
    return {
      ...renderResult(result),
      generated: result.generated.map(({ projectId: project, ...one }) => ({
        project_id: project,
        ...one,
      })),
    };
  });
}

function renderResult({ versions, changes }: ConfigResult) {
  return { project_versions: versions, changes };
}
