/** Operators, their logins, and who asks. */
import { type Ground, NORTH } from '#test/support/matrix/ground.ts';
import type { MatrixTable } from '#test/support/matrix/route.ts';
import { FORM } from './ways-out.ts';

const describeOperator = ({ next }: Ground) => ({
  name: 'Somebody',
  login: `somebody-${next()}`,
  roles: [{ project_id: NORTH, role: 'viewer' }],
});

const OPERATORS = '/api/v1/operators';

const fresh = async (ground: Ground) => ({
  id: await ground.make(OPERATORS, describeOperator(ground)),
});

/** What another site makes a browser send. */
const FOREIGN = { ...FORM, cookie: '', origin: 'https://elsewhere.example' };

const openLink = async (ground: Ground) => {
  const made = await ground.hub.call(`POST ${OPERATORS}`, describeOperator(ground));
  return { token: made.textAt('set_up_url').split('/').at(-1) ?? '' };
};

export const ACCESS_ROUTES: MatrixTable = {
  [`GET ${OPERATORS}`]: { who: 'admins', about: 'list' },
  [`GET ${OPERATORS}/:id`]: {
    who: 'admins',
    about: 'object',
    ask: ({ standing }) => ({ path: { id: standing('operator') } }),
  },
  [`POST ${OPERATORS}`]: {
    who: 'admins',
    about: 'named',
    status: 201,
    ask: (ground) => ({ body: describeOperator(ground) }),
  },
  [`PATCH ${OPERATORS}/:id`]: {
    who: 'admins',
    about: 'object',
    ask: async (ground) => ({
      path: await fresh(ground),
      body: { name: 'Renamed' },
      headers: { 'if-match': '1' },
    }),
  },
  [`DELETE ${OPERATORS}/:id`]: {
    who: 'admins',
    about: 'object',
    status: 204,
    ask: async (ground) => ({ path: await fresh(ground) }),
  },
  [`POST ${OPERATORS}/:id/reset`]: {
    who: 'admins',
    about: 'object',
    status: 201,
    ask: async (ground) => ({ path: await fresh(ground) }),
  },
  'GET /api/v1/me': { who: 'counters', about: 'hub' },
  'GET /api/v1/sessions': { who: 'counters', about: 'hub' },
  // One of somebody else is as good as none.
  'DELETE /api/v1/sessions/:id': {
    who: 'counters',
    about: 'hub',
    status: 404,
    isReadOnly: true,
    ask: ({ standing }) => ({ path: { id: standing('session') } }),
  },
  'GET /login': { who: 'everyone', about: 'hub' },
  // Rightly sent, each changes something for whoever asks: test/smoke/login.test.ts.
  'POST /login': {
    who: 'everyone',
    about: 'hub',
    status: 403,
    isReadOnly: true,
    ask: () => ({ raw: 'login=somebody&password=x&code=000000', headers: FOREIGN }),
  },
  'POST /logout': {
    who: 'everyone',
    about: 'hub',
    status: 303,
    isReadOnly: true,
    ask: () => ({ raw: '', headers: { ...FOREIGN, origin: 'https://tocsin.example' } }),
  },
  'GET /setup/:token': {
    who: 'everyone',
    about: 'hub',
    ask: async (ground) => ({ path: await openLink(ground) }),
  },
  'POST /setup/:token': {
    who: 'everyone',
    about: 'hub',
    ask: async (ground) => ({
      path: await openLink(ground),
      raw: 'step=choose&password=four+quiet+herons&repeat=four+quiet+herons',
      headers: FORM,
    }),
  },
};
