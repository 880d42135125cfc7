/** Alerts: who reads them, and who answers. */
import type { JsonValue } from '#kernel/syntax/json.ts';
import { type Ground, NORTH } from '#test/support/matrix/ground.ts';
import type { MatrixRoute, MatrixTable } from '#test/support/matrix/route.ts';

const ONE = '/api/v1/alerts/:alert_id';

const standing = ({ standing: find }: Ground) => ({ path: { alert_id: find('alert') } });

const reading: MatrixRoute = { who: 'readers', about: 'object', ask: standing };

/** What a person does about one alert; a fresh one each time. */
function answering(body: JsonValue): MatrixRoute {
  return {
    who: 'responders',
    about: 'object',
    ask: async ({ raise }) => ({ path: { alert_id: await raise() }, body }),
  };
}

export const ALERT_ROUTES: MatrixTable = {
  'GET /api/v1/alerts': { who: 'readers', about: 'list' },
  'GET /api/v1/alerts/active-count': { who: 'counters', about: 'list' },
  'GET /api/v1/stream': { who: 'readers', about: 'list', isStream: true },
  [`GET ${ONE}`]: reading,
  [`GET ${ONE}/timeline`]: reading,
  [`GET ${ONE}/notifications`]: reading,
  [`GET ${ONE}/events`]: reading,
  [`POST ${ONE}/status`]: answering({ status: 'ACKNOWLEDGED' }),
  [`POST ${ONE}/escalate`]: answering({}),
  [`POST ${ONE}/assign`]: answering({ assigned_to: 'Ada' }),
  [`POST ${ONE}/note`]: answering({ detail: 'on my way' }),
  [`POST ${ONE}/close`]: {
    who: 'responders',
    about: 'object',
    ask: async ({ raise, hub }) => {
      const id = await raise();
      // An admin may say that nobody answered.
      await hub.call(`POST /api/v1/alerts/${id}/status`, { status: 'EXPIRED' });
      return { path: { alert_id: id }, body: { detail: 'too late' } };
    },
  },
  [`POST ${ONE}/notifications`]: answering({}),
  'POST /api/v1/alerts/bulk-status': {
    who: 'responders',
    about: 'named',
    ask: async ({ raise }) => ({
      body: { project_id: NORTH, alert_ids: [await raise()], status: 'SEEN' },
    }),
  },
};
