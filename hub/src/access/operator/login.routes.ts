/**
 * The pages of a login: `/login`, `/logout`, `/setup/{token}`.
 *
 * Danger: these answer without a login. No GET changes anything, for scanners open every link; a
 * form counts only when no other site's page sent it. The
 * pages load nothing, run nothing, are not cached, and tell nobody their address.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ERROR_CODES } from '#kernel/error-codes.ts';
import { MS_PER_SECOND } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import { chooseLanguage } from '#kernel/words/language.ts';
import { type LoginNotice, renderLoginPage } from '#access/page/login-page.ts';
import { PAGE_POLICY } from '#access/page/page-layout.ts';
import { renderSetUpPage, type SetUpPage } from '#access/page/set-up-page.ts';
import { renderTotpUri } from '#access/proof/totp.ts';
import { findOrigin } from '#access/session/same-origin.ts';
import { readCookie, renderCookie } from '#access/session/session-cookie.ts';
import { cleanAgent } from '#access/session/session.ts';
import { parseJsonBody, parseParam, toCodedError } from '#platform/http/http-server.ts';
import { registerPages } from '#platform/http/page-forms.ts';
import { logIn, type LoginDeps, logOut, type Place } from './login.runner.ts';
import { choose, confirm, findSubject, type SetUpDeps } from './set-up.runner.ts';

export type LoginRouteDeps = LoginDeps &
  SetUpDeps & {
    readonly publicUrl: () => string;
    /** Who the session is of; null: it is none any more. */
    readonly findName: (token: string) => Promise<string | null>;
  };

export function registerLoginRoutes(server: FastifyInstance, deps: LoginRouteDeps): void {
  const open = { config: { access: 'public' } } as const;
  registerPages(server, sendFault, (scope) => {
    scope.get('/login', open, (request, reply) => showLogin(deps, request, reply));
    scope.post('/login', open, (request, reply) => postLogin(deps, request, reply));
    scope.post('/logout', open, (request, reply) => postLogout(deps, request, reply));
    scope.get('/setup/:token', open, (request, reply) => showSetUp(deps, request, reply));
    scope.post('/setup/:token', open, (request, reply) => postSetUp(deps, request, reply));
  });
}

async function showLogin(deps: LoginRouteDeps, request: FastifyRequest, reply: FastifyReply) {
  const token = readSession(deps, request);
  const name = token === null ? null : await deps.findName(token);
  const language = languageOf(request);
  if (name !== null) return sendPage(reply, renderLoginPage({ kind: 'inside', language, name }));
  return sendLogin(request, reply, null);
}

async function postLogin(deps: LoginRouteDeps, request: FastifyRequest, reply: FastifyReply) {
  if (isForeign(deps, request)) return sendLogin(request, reply.code(403), { kind: 'foreign' });
  const url = deps.publicUrl();
  const answer = await logIn(deps, {
    login: readField(request, 'login'),
    password: readField(request, 'password'),
    code: readField(request, 'code'),
    place: placeOf(request),
    known: readCookie(request.headers.cookie, 'known', url) ?? '',
    sessionToken: readSession(deps, request),
  });
  switch (answer.kind) {
    case 'refused':
      return sendLogin(request, reply.code(401), answer);
    case 'throttled': {
      const waitS = Math.max(1, Math.ceil(answer.waitMs / MS_PER_SECOND));
      reply.code(429).header('retry-after', String(waitS));
      return sendLogin(request, reply, answer);
    }
    case 'logged_in':
      return setCookies(reply, answer, url).redirect(BOARD, 303);
  }
}

function setCookies(
  reply: FastifyReply,
  { token, known }: { readonly token: string; readonly known: string },
  url: string,
): FastifyReply {
  const cookies = [renderCookie('session', token, url), renderCookie('known', known, url)];
  return reply.header('set-cookie', cookies);
}

async function postLogout(deps: LoginRouteDeps, request: FastifyRequest, reply: FastifyReply) {
  const token = readSession(deps, request);
  if (token !== null && findOrigin(request.headers, deps.publicUrl()) !== 'own') {
    return sendLogin(request, reply.code(403), { kind: 'foreign' });
  }
  if (token !== null) await logOut(deps, token);
  return reply
    .header('set-cookie', renderCookie('session', null, deps.publicUrl()))
    .redirect('/login', 303);
}

async function showSetUp(deps: LoginRouteDeps, request: FastifyRequest, reply: FastifyReply) {
  const subject = await findSubject(deps, parseParam(request, 'token'));
  if (subject === null) return sendSetUp(request, reply.code(410), { kind: 'dead' });
  const { operator } = subject;
  return sendSetUp(request, reply, { kind: 'choose', operator, faults: [], typed: NOTHING_TYPED });
}

/** With the mark by which the board knows that there is a cookie, which it cannot see. */
const BOARD = '/#login';

const NOTHING_TYPED = { name: '', login: '' };

async function postSetUp(deps: LoginRouteDeps, request: FastifyRequest, reply: FastifyReply) {
  if (isForeign(deps, request)) return sendSetUp(request, reply.code(403), { kind: 'foreign' });
  return readField(request, 'step') === 'connect'
    ? postCode(deps, request, reply)
    : postChoice(deps, request, reply);
}

async function postChoice(deps: LoginRouteDeps, request: FastifyRequest, reply: FastifyReply) {
  const typed = { name: readField(request, 'name'), login: readField(request, 'login') };
  const answer = await choose(deps, parseParam(request, 'token'), {
    ...typed,
    password: readField(request, 'password'),
    repeat: readField(request, 'repeat'),
  });
  switch (answer.kind) {
    case 'dead':
      return sendSetUp(request, reply.code(410), answer);
    case 'wrong': {
      const { operator, faults } = answer;
      return sendSetUp(request, reply.code(422), { kind: 'choose', operator, faults, typed });
    }
    case 'chosen':
      return sendConnect(request, reply, { ...answer, deps, isCodeWrong: false });
  }
}

async function postCode(deps: LoginRouteDeps, request: FastifyRequest, reply: FastifyReply) {
  const url = deps.publicUrl();
  const known = readCookie(request.headers.cookie, 'known', url) ?? '';
  const given = { code: readField(request, 'code'), place: placeOf(request), known };
  const answer = await confirm(deps, parseParam(request, 'token'), given);
  switch (answer.kind) {
    case 'dead':
      return sendSetUp(request, reply.code(410), answer);
    case 'wrong':
      return sendConnect(request, reply.code(422), { ...answer, deps, isCodeWrong: true });
    case 'done':
      setCookies(reply, answer, url);
      return sendSetUp(request, reply, { kind: 'done', codes: answer.codes });
  }
}

type Connecting = {
  readonly deps: LoginRouteDeps;
  readonly secret: string;
  readonly login: string;
  readonly isCodeWrong: boolean;
};

function sendConnect(
  request: FastifyRequest,
  reply: FastifyReply,
  { deps, secret, login, isCodeWrong }: Connecting,
) {
  const host = new URL(deps.publicUrl()).host;
  const uri = renderTotpUri(secret, { login, host });
  return sendSetUp(request, reply, { kind: 'connect', secret, uri, isCodeWrong });
}

function isForeign(deps: LoginRouteDeps, request: FastifyRequest): boolean {
  return findOrigin(request.headers, deps.publicUrl()) === 'foreign';
}

function readSession(deps: LoginRouteDeps, request: FastifyRequest): string | null {
  return readCookie(request.headers.cookie, 'session', deps.publicUrl());
}

function placeOf(request: FastifyRequest): Place {
  return { address: request.ip, agent: cleanAgent(request.headers['user-agent']) };
}

function languageOf(request: FastifyRequest) {
  return chooseLanguage(request.headers['accept-language']);
}

/** What is not there is empty. PostgreSQL keeps no U+0000. */
function readField(request: FastifyRequest, name: string): string {
  const body = parseJsonBody(request);
  const fields = typeof body === 'object' && body !== null ? body : {};
  const value: unknown = Object.getOwnPropertyDescriptor(fields, name)?.value;
  return typeof value === 'string' ? value.replaceAll('\0', '') : '';
}

function sendLogin(request: FastifyRequest, reply: FastifyReply, notice: LoginNotice | null) {
  const login = request.method === 'POST' ? readField(request, 'login') : '';
  const language = languageOf(request);
  const shown = login.slice(0, LIMITS.loginCharsMax);
  return sendPage(reply, renderLoginPage({ kind: 'form', language, notice, login: shown }));
}

type WithoutLanguage<Page> = Page extends unknown ? Omit<Page, 'language'> : never;

function sendSetUp(request: FastifyRequest, reply: FastifyReply, page: WithoutLanguage<SetUpPage>) {
  return sendPage(reply, renderSetUpPage({ ...page, language: languageOf(request) }));
}

/** That nothing was done must be said in words, not in JSON. */
function sendFault(error: unknown, request: FastifyRequest, reply: FastifyReply) {
  const { status } = ERROR_CODES[toCodedError(error, request.method).code];
  if (status === 503) reply.header('retry-after', String(LIMITS.retryAfterS));
  reply.code(status);
  return request.routeOptions.url === '/setup/:token'
    ? sendSetUp(request, reply, { kind: 'failed' })
    : sendLogin(request, reply, { kind: 'failed' });
}

/**
 * The referrer's policy is not `no-referrer`: under that a browser says `Origin: null` for a form,
 * and nobody could tell ours from a stranger's.
 */
function sendPage(reply: FastifyReply, page: string) {
  return reply
    .header('content-security-policy', PAGE_POLICY)
    .header('referrer-policy', 'strict-origin')
    .header('cross-origin-opener-policy', 'same-origin')
    .header('x-robots-tag', 'noindex, nofollow')
    .type('text/html; charset=utf-8')
    .send(page);
}
