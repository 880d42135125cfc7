/** Ways in, the sources behind them, and what came through. */
import { type Ground, NORTH } from '#test/support/matrix/ground.ts';
import { configured, type MatrixRoute, type MatrixTable } from '#test/support/matrix/route.ts';
import { SOURCE_KIND_SAMPLES } from '#test/support/samples/source-kinds.ts';

/** The sender has an address, and no other credential. */
function atAddress({ kind, begins }: (typeof SOURCE_KIND_SAMPLES)[number]): MatrixRoute {
  return {
    who: 'everyone',
    about: 'object',
    kind,
    ask: ({ token, next }) => ({
      path: { kind, token: token(kind) },
      body: begins(`matrix ${next()}`),
    }),
  };
}

const ASKING = SOURCE_KIND_SAMPLES.filter(({ kind }) => kind === 'cloudevents');
const EDGE = SOURCE_KIND_SAMPLES.filter(({ kind }) => kind === 'edge');
/** Which also come by PUT. */
const GRAFANA = SOURCE_KIND_SAMPLES.filter(({ kind }) => kind === 'grafana');

/** The sender logs in. */
function loggedIn({ kind, begins }: (typeof SOURCE_KIND_SAMPLES)[number]): MatrixRoute {
  return {
    who: 'reporters',
    about: 'own',
    kind,
    ask: ({ next }) => ({ path: { kind }, body: begins(`matrix ${next()}`) }),
  };
}

/** A method that senders of the kind do not use. */
const refusing = (route: MatrixRoute): MatrixRoute => ({ ...route, status: 405, isReadOnly: true });

const inTheNorth = ({ next }: Ground) => ({ project_id: NORTH, title: `Fall ${next()}` });

export const INTAKE_ROUTES: MatrixTable = {
  'POST /api/v1/alerts': {
    who: 'reporters',
    about: 'named',
    kind: 'native',
    status: 201,
    ask: (ground) => ({ body: inTheNorth(ground) }),
  },
  'POST /api/v1/events': {
    who: 'reporters',
    about: 'named',
    kind: 'native',
    status: 202,
    ask: (ground) => ({ body: inTheNorth(ground) }),
  },
  'POST /api/v2/alerts': {
    who: 'reporters',
    about: 'own',
    kind: 'alertmanager',
    ask: ({ next }) => ({ body: [{ labels: { alertname: `Down ${next()}` } }] }),
  },
  'GET /api/v2/alerts': { who: 'readers', about: 'list', hasNoFilter: true },
  'GET /api/v2/status': { who: 'counters', about: 'hub' },
  'GET /-/healthy': { who: 'everyone', about: 'hub' },
  'POST /ingest/:kind/:token': SOURCE_KIND_SAMPLES.map(atAddress),
  'OPTIONS /ingest/:kind/:token': [
    ...EDGE.map(atAddress).map(refusing),
    ...ASKING.map(atAddress).map((route): MatrixRoute => ({ ...route, isReadOnly: true })),
  ],
  'PUT /ingest/:kind/:token': [...EDGE.map(atAddress).map(refusing), ...GRAFANA.map(atAddress)],
  'POST /ingest/:kind': EDGE.map(loggedIn),
  'PUT /ingest/:kind': [...EDGE.map(loggedIn).map(refusing), ...GRAFANA.map(loggedIn)],
  'OPTIONS /ingest/:kind': EDGE.map(loggedIn).map(refusing),
  'POST /api/ai/alert/edge/report': {
    who: 'reporters',
    about: 'own',
    kind: 'edge',
    ask: ({ next }) => ({
      body: { alarm_id: `a_${next()}`, alarm_type: 'fall', device_id: 'box_1' },
    }),
  },
  'GET /api/v1/events': { who: 'readers', about: 'list' },
  'GET /api/v1/events/:event_id': {
    who: 'readers',
    about: 'object',
    ask: ({ standing }) => ({ path: { event_id: standing('event') } }),
  },
  'GET /api/v1/source-types': { who: 'readers', about: 'hub' },
  'POST /api/v1/source-types/:kind/try': {
    who: 'readers',
    about: 'hub',
    isReadOnly: true,
    ask: () => ({ path: { kind: 'generic' }, body: { body: { title: 'A door' } } }),
  },
  ...configured('/api/v1/sources', {
    noun: 'source',
    create: ({ next }) => ({ project_id: NORTH, name: `north ${next()}`, kind: 'generic' }),
    patch: { severity_default: 'high' },
  }),
};
