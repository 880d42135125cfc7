/**
 * What every answer says to browsers: load nothing, show it in no frame, tell nobody the address,
 * give no other site a hold on it. A page that needs more names it in its own policy, which
 * replaces this one.
 * Danger: an answer that leaves past the hooks (no HTTP, a URL that cannot be read) has to take
 * them from here by itself.
 */
import type { FastifyInstance, FastifyReply } from 'fastify';

const HEADERS: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  'x-frame-options': 'DENY',
};

/** A year, as the lists of browsers want it. Of subdomains we know nothing. */
const HTTPS_ONLY = 'max-age=31536000';

export function secureAnswers(server: FastifyInstance, isHttps: () => boolean): void {
  server.addHook('onRequest', (_request, reply, done) => {
    setSecurityHeaders(reply, isHttps());
    done();
  });
}

export function setSecurityHeaders(reply: FastifyReply, isHttps: boolean): void {
  for (const [name, value] of Object.entries(HEADERS)) reply.header(name, value);
  if (isHttps) reply.header('strict-transport-security', HTTPS_ONLY);
}

/** For answers that are written to the socket as text. */
export function renderSecurityHeaders(): string {
  return Object.entries(HEADERS)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('');
}
