/**
 * HTTP of alerts, the answers: what a person does about one. Each is one command, decided by the
 * table in transitions.ts: 200 `{alert, changed}`, or 409 with the reason.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import {
  assignment,
  bulkStatusChange,
  calledOutside,
  escalateBody,
  noteBody,
  statusChange,
} from '#contract/alert.ts';
import { parseWire } from '#contract/wire.ts';
import type { AlertCommand } from '#kernel/effect.ts';
import { CodedError } from '#kernel/error-codes.ts';
import { type AlertId, alertId } from '#kernel/id.ts';
import { mayIn, narrow, type Principal } from '#kernel/principal.ts';
import type { JsonObject, JsonValue } from '#kernel/syntax/json.ts';
import type { AlertStatus, Intent, Outcome } from '#kernel/words/lifecycle.ts';
import { parseJsonBody, principalOf } from '#platform/http/http-server.ts';
import { accept } from '#platform/http/resource.ts';
import type { AlertRefusal } from './alert.ts';
import { type AlertRef, type AlertRouteDeps, locate } from './routes.ts';

export type AlertAnswer =
  | { readonly kind: 'changed' | 'recorded'; readonly alert: JsonObject }
  | { readonly kind: 'refused'; readonly refusal: AlertRefusal }
  | { readonly kind: 'not_found' };

export type AnswerRouteDeps = Pick<AlertRouteDeps, 'locate'> & {
  readonly answer: (ref: AlertRef, command: AlertCommand) => Promise<AlertAnswer>;
  /** All of one project, in one transaction; what is not there is `not_found`. */
  readonly answerAll: (
    asked: {
      readonly by: Principal;
      readonly project: string | null;
      readonly ids: readonly AlertId[];
    },
    command: AlertCommand,
  ) => Promise<ReadonlyMap<AlertId, AlertAnswer>>;
};

type ReadCommand = (body: JsonValue, by: Principal) => AlertCommand;

const COMMANDS: Readonly<Record<string, ReadCommand>> = {
  status: (body, by) => parseStatus(accept(parseWire(statusChange, body)), by),
  note: (body, by) => ({ kind: 'note', by, detail: accept(parseWire(noteBody, body)).detail }),
  close: (body, by) => ({ kind: 'close', by, detail: accept(parseWire(noteBody, body)).detail }),
  assign: (body, by) => {
    const { assigned_to: to, detail } = accept(parseWire(assignment, body));
    return { kind: 'assign', by, to, detail };
  },
  escalate: (body, by) => {
    const { whom, detail } = accept(parseWire(escalateBody, body ?? {}));
    return { kind: 'escalate', by, whom: whom ?? 'step', detail };
  },
  notifications: (body, by) => {
    const { detail, ...called } = accept(parseWire(calledOutside, body ?? {}));
    return { kind: 'record_round', by, detail, called };
  },
};

export function registerAnswerRoutes(server: FastifyInstance, deps: AnswerRouteDeps): void {
  const answering = { config: { access: 'answer' } } as const;
  server.post('/api/v1/alerts/bulk-status', answering, (request) => answerAll(deps, request));
  for (const [name, read] of Object.entries(COMMANDS)) {
    server.post(`/api/v1/alerts/:alert_id/${name}`, answering, async (request) => {
      const ref = await locate(deps, request);
      const command = read(parseJsonBody(request), principalOf(request));
      refuseExpiry(command, mayIn(principalOf(request), 'administer', ref.projectId));
      return renderAnswer(await deps.answer(ref, command));
    });
  }
}

function renderAnswer(answer: AlertAnswer): JsonObject {
  switch (answer.kind) {
    case 'not_found':
      throw new CodedError('not_found', { message: 'There is no such alert.' });
    case 'refused':
      throw new CodedError('transition_refused', { message: answer.refusal.sentence });
    default:
      return { alert: answer.alert, changed: answer.kind === 'changed' };
  }
}

async function answerAll(deps: AnswerRouteDeps, request: FastifyRequest): Promise<JsonObject> {
  const body = accept(parseWire(bulkStatusChange, parseJsonBody(request)));
  const by = principalOf(request);
  const command = parseStatus(body, by);
  const ids = body.alert_ids.map(alertId);
  // Elsewhere they may not let one expire, and it is as good as none.
  const asked = command.kind === 'expire' ? narrow(by, 'administer') : by;
  refuseExpiry(command, asked !== null);
  const answers = await deps.answerAll({ by: asked ?? by, project: body.project_id, ids }, command);
  const results = ids.map((id) => renderOne(id, answers.get(id) ?? { kind: 'not_found' }));
  return { results };
}

/** One that is refused does not stop the others. */
function renderOne(id: AlertId, answer: AlertAnswer): JsonObject {
  switch (answer.kind) {
    case 'not_found':
    case 'refused': {
      const code = answer.kind === 'refused' ? 'transition_refused' : 'not_found';
      const message =
        answer.kind === 'refused' ? answer.refusal.sentence : 'There is no such alert.';
      return { alert_id: id, changed: false, alert: null, error: { code, message } };
    }
    default: {
      const { alert, kind } = answer;
      return { alert_id: id, changed: kind === 'changed', alert, error: null };
    }
  }
}

type Wanted = {
  readonly status: AlertStatus;
  readonly intent: Intent | null;
  readonly outcome: Outcome | null;
  readonly detail: string | null;
};

function parseStatus({ status, intent, outcome, detail }: Wanted, by: Principal): AlertCommand {
  switch (status) {
    case 'PENDING':
      return { kind: 'await', by, detail };
    case 'DELIVERED':
      return { kind: 'deliver', by, detail };
    case 'SEEN':
      return { kind: 'see', by, detail };
    case 'ACKNOWLEDGED':
      return { kind: 'acknowledge', by, detail, intent: intent ?? 'seen' };
    case 'RESOLVED':
      return { kind: 'resolve', by, detail, outcome: outcome ?? 'fixed' };
    case 'EXPIRED':
      return { kind: 'expire', by, detail };
  }
}

function refuseExpiry(command: AlertCommand, isAdmin: boolean): void {
  if (command.kind !== 'expire' || isAdmin) return;
  const message = 'Only the timer or an admin lets an alert expire.';
  throw new CodedError('transition_refused', { message });
}
