/**
 * HTTP of signed links: `/a/{token}`, the page behind the buttons of a message, and
 * `/api/v1/receipts/{token}`, where a device says that it got one.
 *
 * Danger: these answer without a login. The token is the credential; it names one message and one
 * purpose, and runs out. GET shows and changes nothing, for scanners open every link there is;
 * only a POST answers. The page loads nothing, runs nothing, is not cached, and tells nobody its
 * address.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { receiptBody } from '#contract/alert.ts';
import { parseWire } from '#contract/wire.ts';
import { encodeBase64, sha256 } from '#kernel/crypto.ts';
import { CodedError, ERROR_CODES } from '#kernel/error-codes.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { Clock } from '#kernel/ports.ts';
import { chooseLanguage, type Language } from '#kernel/words/language.ts';
import { parseJsonBody, parseParam, toCodedError } from '#platform/http/http-server.ts';
import { registerPages } from '#platform/http/page-forms.ts';
import { accept } from '#platform/http/resource.ts';
import { ACTION_PAGE_STYLE } from '#delivery/text/action-page-style.ts';
import {
  type ActionPageAlert,
  type ActionResult,
  renderActionPage,
} from '#delivery/text/action-page.ts';
import { ACTIONS, type ActionName, CHOSEN_OUTCOMES } from '#delivery/text/phrases/phrases.ts';
import { type Link, parseLinkToken, type SignLink } from './token.ts';

/** The alert that a link is about, and who was asked. */
export type LinkSubject = {
  readonly language: Language;
  readonly recipient: string;
  readonly alert: ActionPageAlert;
};

export type Pressed = {
  readonly action: ActionName;
  readonly outcome: (typeof CHOSEN_OUTCOMES)[number] | null;
  readonly detail: string | null;
};

export type LinkRouteDeps = {
  readonly sign: SignLink;
  readonly clock: Clock;
  /** Null: the message or its alert is not there any more. */
  readonly find: (link: Link) => Promise<LinkSubject | null>;
  readonly press: (
    link: Link,
    pressed: Pressed,
  ) => Promise<{ readonly subject: LinkSubject; readonly result: ActionResult } | null>;
  readonly receive: (
    link: Link,
    status: 'delivered' | 'read',
  ) => Promise<{ readonly isChanged: boolean } | null>;
};

export function registerLinkRoutes(server: FastifyInstance, deps: LinkRouteDeps): void {
  const open = { config: { access: 'public' } } as const;
  server.post('/api/v1/receipts/:token', open, (request) => receive(deps, request));
  registerPages(server, sendFault, (scope) => {
    scope.get('/a/:token', open, (request, reply) => show(deps, request, reply));
    scope.post('/a/:token', open, (request, reply) => press(deps, request, reply));
  });
}

type Reading =
  | { readonly ok: true; readonly link: Link }
  | { readonly ok: false; readonly reason: 'link_expired' | 'link_unknown' };

function readLink(deps: LinkRouteDeps, request: FastifyRequest): Reading {
  const text = parseParam(request, 'token');
  const isBounded = text.length <= LIMITS.linkTokenCharsMax;
  const link = isBounded ? parseLinkToken(text, deps.sign) : null;
  if (link === null) return { ok: false, reason: 'link_unknown' };
  return link.expiresAt > deps.clock.now()
    ? { ok: true, link }
    : { ok: false, reason: 'link_expired' };
}

async function show(deps: LinkRouteDeps, request: FastifyRequest, reply: FastifyReply) {
  const reading = readLink(deps, request);
  if (!reading.ok) return sendDead(reply, reading.reason);
  const { link } = reading;
  const subject = link.purpose === 'receipt' ? null : await deps.find(link);
  if (subject === null) return sendDead(reply, 'link_unknown');
  return sendPage(reply, renderSubject(link, subject, null));
}

async function press(deps: LinkRouteDeps, request: FastifyRequest, reply: FastifyReply) {
  const reading = readLink(deps, request);
  if (!reading.ok) return sendDead(reply, reading.reason);
  const { link } = reading;
  if (link.purpose === 'receipt') return sendDead(reply, 'link_unknown');
  const pressed = readPressed(link, parseJsonBody(request));
  if (pressed === null) throw new CodedError('invalid', { details: [ACTION_DETAIL] });
  const answered = await deps.press(link, pressed);
  if (answered === null) return sendDead(reply, 'link_unknown');
  return sendPage(reply, renderSubject(link, answered.subject, answered.result));
}

const ACTION_DETAIL = {
  path: 'action',
  message: `must be one of ${ACTIONS.join(', ')}, and what this link is for`,
};

/** A link for one purpose does nothing else; the page's own link does what is pressed. */
function readPressed(link: Link, body: unknown): Pressed | null {
  const fields = typeof body === 'object' && body !== null && !Array.isArray(body) ? body : {};
  const read = (name: string): string | null => {
    const value: unknown = Object.getOwnPropertyDescriptor(fields, name)?.value;
    return typeof value === 'string' && value.trim() !== '' ? value.trim() : null;
  };
  const asked = read('action') ?? link.purpose;
  const action = ACTIONS.find((known) => known === asked);
  if (action === undefined || !offeredBy(link).includes(action)) return null;
  const outcome = CHOSEN_OUTCOMES.find((known) => known === read('outcome')) ?? null;
  const detail = read('detail')?.replaceAll('\0', '').slice(0, LIMITS.linkDetailCharsMax) ?? null;
  return { action, outcome, detail: detail === '' ? null : detail };
}

function offeredBy(link: Link): readonly ActionName[] {
  if (link.purpose === 'page') return ACTIONS;
  return ACTIONS.filter((action) => action === link.purpose);
}

function renderSubject(link: Link, subject: LinkSubject, result: ActionResult | null): string {
  const { alert } = subject;
  const isOver = alert.status === 'RESOLVED';
  const primary = ACTIONS.find((action) => action === link.purpose) ?? null;
  return renderActionPage({
    kind: 'alert',
    ...subject,
    result,
    offered: isOver ? [] : offeredBy(link),
    primary,
  });
}

const DEAD_STATUS = { link_expired: 410, link_unknown: 404 } as const;

/** In the language of the browser, for whose message it was is not known. */
function sendDead(reply: FastifyReply, reason: keyof typeof DEAD_STATUS) {
  const language = chooseLanguage(reply.request.headers['accept-language']);
  reply.code(DEAD_STATUS[reason]);
  return sendPage(reply, renderActionPage({ kind: 'dead', language, reason }));
}

/** Somebody pressed a button: that it was not recorded must be said in words, not in JSON. */
function sendFault(error: unknown, request: FastifyRequest, reply: FastifyReply) {
  const coded = toCodedError(error, request.method);
  const language = chooseLanguage(request.headers['accept-language']);
  const { status } = ERROR_CODES[coded.code];
  if (status === 503) reply.header('retry-after', String(LIMITS.retryAfterS));
  reply.code(status);
  return sendPage(reply, renderActionPage({ kind: 'dead', language, reason: 'not_recorded' }));
}

const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${encodeBase64(sha256(ACTION_PAGE_STYLE))}'`,
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ');

function sendPage(reply: FastifyReply, html: string) {
  return reply
    .header('content-security-policy', POLICY)
    .header('x-robots-tag', 'noindex, nofollow')
    .type('text/html; charset=utf-8')
    .send(html);
}

async function receive(deps: LinkRouteDeps, request: FastifyRequest) {
  const reading = readLink(deps, request);
  if (!reading.ok && reading.reason === 'link_expired') throw new CodedError('link_expired');
  if (!reading.ok || reading.link.purpose !== 'receipt') throw new CodedError('not_found');
  const body = accept(parseWire(receiptBody, parseJsonBody(request) ?? {}));
  const status = body.status ?? 'delivered';
  const received = await deps.receive(reading.link, status);
  if (received === null) throw new CodedError('not_found');
  return { status, changed: received.isChanged };
}
