/** Channels, rules, policies, responders; and the links in messages. */
import { NORTH } from '#test/support/matrix/ground.ts';
import { configured, type MatrixTable } from '#test/support/matrix/route.ts';

/** As browsers send what a page asked. */
export const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

export const WAYS_OUT_ROUTES: MatrixTable = {
  ...configured('/api/v1/channels', {
    noun: 'channel',
    create: ({ next, hub }) => ({
      project_id: NORTH,
      name: `north ${next()}`,
      channel_type: 'webhook',
      config: { url: hub.receiver.url('/matrix') },
    }),
    patch: { is_active: false },
  }),
  ...configured('/api/v1/rules', {
    noun: 'rule',
    create: ({ next, standing }) => ({
      project_id: NORTH,
      name: `north ${next()}`,
      event_types: ['alert.expired'],
      channel_id: standing('channel'),
    }),
    patch: { is_active: false },
  }),
  ...configured('/api/v1/policies', {
    noun: 'policy',
    create: ({ next }) => ({
      project_id: NORTH,
      name: `north ${next()}`,
      steps: [{ delay_s: 60 }],
    }),
    patch: { repeat_every_s: null },
  }),
  ...configured('/api/v1/responders', {
    noun: 'responder',
    create: ({ next }) => ({ project_id: NORTH, name: `north ${next()}` }),
    patch: { is_active: false },
  }),
  'GET /api/v1/channel-types': { who: 'readers', about: 'hub' },
  'POST /api/v1/channels/:id/test': {
    who: 'operators',
    about: 'object',
    ask: async ({ make, next, hub }) => {
      const body = {
        project_id: NORTH,
        name: `north ${next()}`,
        channel_type: 'webhook',
        config: { url: hub.receiver.url('/matrix') },
      };
      return { path: { id: await make('/api/v1/channels', body) } };
    },
  },
  'POST /api/v1/rules/test': {
    who: 'readers',
    about: 'named',
    isReadOnly: true,
    ask: () => ({ body: { project_id: NORTH, event: { title: 'A door' } } }),
  },
  'POST /api/v1/drill': {
    who: 'readers',
    about: 'named',
    isReadOnly: true,
    ask: () => ({ body: { project_id: NORTH, title: 'A door' } }),
  },
  'POST /api/v1/receipts/:token': {
    who: 'everyone',
    about: 'object',
    ask: async ({ link }) => ({ path: { token: await link('receipt_url') }, body: {} }),
  },
  'GET /a/:token': {
    who: 'everyone',
    about: 'object',
    ask: ({ standing }) => ({ path: { token: standing('link') } }),
  },
  'POST /a/:token': {
    who: 'everyone',
    about: 'object',
    ask: async ({ link }) => ({
      path: { token: await link('action_url') },
      raw: 'action=seen',
      headers: FORM,
    }),
  },
};
