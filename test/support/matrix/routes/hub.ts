/** Projects, keys, devices, configuration as code, and the hub about itself. */
import { type Ground, NORTH } from '#test/support/matrix/ground.ts';
import { configured, type MatrixTable } from '#test/support/matrix/route.ts';

/** A document about the north alone. */
const describeNorth = ({ next }: Ground) => ({
  body: { version: 1, projects: [{ project_id: NORTH, responders: [{ name: `N ${next()}` }] }] },
});

const WHAT_PROJECTS_HAVE: MatrixTable = {
  ...configured('/api/v1/projects', {
    noun: 'project',
    create: ({ next }) => ({ project_id: `fresh-${next()}` }),
    isRemovable: false,
  }),
  // It names the project itself: whoever knows it is told that they may not.
  'PATCH /api/v1/projects/:id': {
    who: 'admins',
    about: 'named',
    ask: async ({ hub }) => {
      const version = (await hub.call(`GET /api/v1/projects/${NORTH}`)).at('version');
      const headers = { 'if-match': JSON.stringify(version) };
      return { path: { id: NORTH }, body: { language: 'it' }, headers };
    },
  },
  'GET /api/v1/projects/:id/redaction': {
    who: 'readers',
    about: 'object',
    ask: () => ({ path: { id: NORTH } }),
  },
  'POST /api/v1/projects': {
    who: 'hub_admins',
    about: 'hub',
    status: 201,
    ask: ({ next }) => ({ body: { project_id: `fresh-${next()}` } }),
  },
  ...configured('/api/v1/keys', {
    noun: 'key',
    create: ({ next }) => ({ project_id: NORTH, name: `north ${next()}`, role: 'viewer' }),
  }),
  ...configured('/api/v1/devices', {
    noun: 'device',
    create: ({ next }) => ({ project_id: NORTH, device_id: `north-${next()}` }),
    patch: { name: 'Kitchen' },
  }),
};

const CONFIGURATION: MatrixTable = {
  'GET /api/v1/config': { who: 'readers', about: 'list' },
  'POST /api/v1/config/plan': {
    who: 'admins',
    about: 'named',
    isReadOnly: true,
    ask: describeNorth,
  },
  'POST /api/v1/config/apply': { who: 'admins', about: 'named', ask: describeNorth },
  'POST /api/v1/imports/sentinel': {
    who: 'admins',
    about: 'named',
    ask: ({ next }) => ({
      body: {
        project_id: NORTH,
        timezone: 'UTC',
        alerts: [
          {
            alert_id: `old-${next()}`,
            origin: 'active',
            fields: { status: 'PENDING', created_at: '2026-11-16T07:59:00' },
          },
        ],
      },
    }),
  },
};

const ABOUT_ITSELF: MatrixTable = {
  'POST /api/ai/device/heartbeat': {
    who: 'reporters',
    about: 'own',
    kind: 'edge',
    ask: ({ next }) => ({ body: { device_id: `box_${next()}` } }),
  },
  'POST /api/v1/doctor': {
    who: 'operators',
    about: 'list',
    hasNoFilter: true,
    isReadOnly: true,
  },
  'GET /healthz': { who: 'everyone', about: 'hub' },
  'GET /readyz': { who: 'everyone', about: 'hub' },
  'GET /-/ready': { who: 'everyone', about: 'hub' },
  'GET /metrics': { who: 'readers', about: 'hub' },
  'GET /openapi.json': { who: 'readers', about: 'hub' },
  'GET /docs': { who: 'readers', about: 'hub' },
  'GET /': { who: 'everyone', about: 'hub' },
  'GET /live/:file': {
    who: 'everyone',
    about: 'hub',
    ask: () => ({ path: { file: 'live.css' } }),
  },
};

export const HUB_ROUTES: MatrixTable = {
  'GET /api/v1/audit': { who: 'admins', about: 'list' },
  'GET /api/v1/audit/export': { who: 'admins', about: 'list' },
  'POST /api/v1/audit/verify': {
    who: 'admins',
    about: 'named',
    isReadOnly: true,
    ask: () => ({ body: { project_id: NORTH } }),
  },
  ...WHAT_PROJECTS_HAVE,
  ...CONFIGURATION,
  ...ABOUT_ITSELF,
};
