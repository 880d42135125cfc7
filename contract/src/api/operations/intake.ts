/** Ways in of intake: reports of all senders, and the sources that they come through. */
import * as z from 'zod/mini';
import type { Operation, OperationGroup } from '#contract/api/operation.ts';
import { resourceOperations } from '#contract/api/resource.ts';
import { createdSourceAnswer, newSource, sourceAnswer, sourcePatch } from '#contract/source.ts';
import { alertAnswer, newAlert } from '#contract/alert.ts';
import { listOf } from '#contract/field.ts';
import { sourceTry, sourceTryAnswer, sourceTypeList } from '#contract/intake/source-type.ts';
import { eventAnswer, eventItem, eventQuery } from '#contract/intake/stored-event.ts';
import { eventResults, newEvent, newEvents } from '#contract/event.ts';
import { edgeAlarm, edgeAnswer, foreignAnswer, foreignBody } from './edge.ts';
import {
  alertmanagerAlerts,
  alertmanagerQuery,
  alertmanagerStatus,
  postedAlerts,
} from './alertmanager.ts';

/** `parseEvents` reads either, and says which it took it for. */
export const eventsBody = z.union([newEvent, newEvents]);

/** What each kind takes by which method: `GET /api/v1/source-types`. */
function waysOfKinds(): readonly Operation[] {
  const asked = { summary: 'Ask whether a sender may report, as CloudEvents does' } as const;
  const put = { summary: 'The same, for senders that PUT' } as const;
  const notes =
    'The whole address is `ingest_url` of the source. What each kind takes: ' +
    '`GET /api/v1/source-types`. Answers and refusals are as that kind of sender expects. With ' +
    'a secret set, only what it has signed is taken.';
  const report = {
    access: 'report',
    body: { schema: foreignBody },
    answers: { 200: { says: 'All of it is stored.', schema: foreignAnswer } },
    errors: ['method_not_allowed', 'signature_refused'],
    errorShape: 'sender',
  } as const;
  const question = {
    access: 'report',
    answers: { 200: { says: 'It may; the headers say how.' } },
    errors: ['method_not_allowed'],
    errorShape: 'sender',
  } as const;
  const path = '/ingest/{kind}/{token}';
  const bare = '/ingest/{kind}';
  const summary = 'Report in the words of a kind of source';
  const loggedIn = `${summary}, logged in`;
  const noted = { summary: loggedIn, notes: 'The token as a Bearer or as the password of Basic.' };
  return [
    { id: 'reportBySource', method: 'POST', path, summary, notes, ...report },
    { id: 'putBySource', method: 'PUT', path, ...put, ...report },
    { id: 'askAsSource', method: 'OPTIONS', path, ...asked, ...question },
    { id: 'reportAsSource', method: 'POST', path: bare, ...noted, ...report },
    { id: 'putAsSource', method: 'PUT', path: bare, ...put, ...report },
    { id: 'askAsKnownSource', method: 'OPTIONS', path: bare, ...asked, ...question },
  ];
}

export const INTAKE: OperationGroup = {
  name: 'intake',
  says: 'What raises alarms. A report is stored before it is answered.',
  operations: [
    {
      id: 'raiseAlert',
      method: 'POST',
      path: '/api/v1/alerts',
      summary: 'Raise an alert',
      notes:
        'With an own `alert_id` it may be sent again as often as needed: the second time it ' +
        'answers 200 with the alert as it is now, and nobody is called again.',
      access: 'report',
      body: { schema: newAlert },
      answers: {
        201: { says: 'It is stored, and people are being called.', schema: alertAnswer },
        200: { says: 'It was there already.', schema: alertAnswer },
      },
      errors: ['not_found'],
    },
    {
      id: 'reportEvents',
      method: 'POST',
      path: '/api/v1/events',
      summary: 'Report one event, or up to 1,000 as {"events": [...]}',
      notes: 'Taken whole or refused whole; `details.path` names the event: `events[3].title`.',
      access: 'report',
      body: { schema: eventsBody },
      answers: { 202: { says: 'All of them are stored.', schema: eventResults } },
      errors: ['not_found'],
    },
    {
      id: 'postAlertmanagerAlerts',
      method: 'POST',
      path: '/api/v2/alerts',
      summary: 'Report alerts as to an Alertmanager',
      notes: 'Prometheus and amtool point here as at an Alertmanager. A 400 names what is wrong.',
      access: 'report',
      body: { schema: postedAlerts },
      answers: { 200: { says: 'All of them are stored.' } },
      errors: ['not_found'],
      errorShape: 'alertmanager',
    },
    {
      id: 'listAlertmanagerAlerts',
      method: 'GET',
      path: '/api/v2/alerts',
      summary: "List open alerts in Alertmanager's shape",
      access: 'read',
      query: alertmanagerQuery,
      answers: { 200: { says: 'Those of Alertmanager sources.', schema: alertmanagerAlerts } },
      errorShape: 'alertmanager',
    },
    {
      id: 'showAlertmanagerStatus',
      method: 'GET',
      path: '/api/v2/status',
      summary: "Show the status in Alertmanager's shape",
      access: 'count',
      answers: { 200: { says: 'For amtool and Grafana.', schema: alertmanagerStatus } },
      errorShape: 'alertmanager',
    },
    {
      id: 'checkAlertmanagerHealth',
      method: 'GET',
      path: '/-/healthy',
      summary: 'Say that the process lives, as Alertmanager does',
      access: 'public',
      answers: { 200: { says: '`OK`', type: 'text/plain' } },
    },
    ...waysOfKinds(),
    {
      id: 'reportEdgeAlarm',
      method: 'POST',
      path: '/api/ai/alert/edge/report',
      summary: 'Report an alarm of an edge-AI box',
      access: 'report',
      body: { schema: edgeAlarm },
      answers: { 200: { says: 'It is stored.', schema: edgeAnswer } },
      errors: ['not_found'],
      errorShape: 'sender',
    },
    {
      id: 'listEvents',
      method: 'GET',
      path: '/api/v1/events',
      summary: 'List stored events, the newest first',
      access: 'read',
      query: eventQuery,
      answers: { 200: { says: 'A page of them.', schema: listOf(eventItem) } },
      errors: ['invalid', 'not_found'],
    },
    {
      id: 'showEvent',
      method: 'GET',
      path: '/api/v1/events/{event_id}',
      summary: 'Show one event with all that it brought',
      access: 'read',
      answers: { 200: { says: 'As it was stored.', schema: eventAnswer } },
    },
    {
      id: 'listSourceTypes',
      method: 'GET',
      path: '/api/v1/source-types',
      summary: 'List the kinds of sources, and what each takes',
      access: 'read',
      answers: { 200: { says: 'All of them.', schema: sourceTypeList } },
    },
    {
      id: 'trySourceType',
      method: 'POST',
      path: '/api/v1/source-types/{kind}/try',
      summary: 'Say what a source would read in a body; nothing is stored',
      access: 'read',
      body: { schema: sourceTry },
      answers: { 200: { says: 'What would be stored, and why so.', schema: sourceTryAnswer } },
    },
    ...resourceOperations({
      path: '/api/v1/sources',
      noun: 'Source',
      nouns: 'Sources',
      answer: sourceAnswer,
      create: {
        body: newSource,
        answer: createdSourceAnswer,
        notes: 'The token is in this answer, and never again.',
      },
      patch: { body: sourcePatch, errors: ['built_in'] },
      remove: { errors: ['built_in'] },
    }),
  ],
};
