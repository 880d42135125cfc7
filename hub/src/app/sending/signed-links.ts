/**
 * The signed links of messages: made when a message is sent, the same for each of its attempts, and
 * stored nowhere. Their key is derived from the hub's own, so all nodes make and know the same.
 */
import { type ActionLinks } from '#delivery/channel.ts';
import { type LinkPurpose, renderLinkToken, type SignLink } from '#delivery/link/token.ts';
import type { ClaimedNotification } from '#delivery/attempt-end.ts';
import type { MessageLinks } from '#delivery/runner.ts';
import { createHmacSha256, hmacSha256 } from '#kernel/crypto.ts';
import { plusMs } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { ConfigCache } from '#app/project-config.ts';

export function createLinkSigner(identityKey: Uint8Array): SignLink {
  return createHmacSha256(hmacSha256(identityKey, 'signed-links'));
}

export type LinkDeps = {
  readonly sign: SignLink;
  readonly configs: ConfigCache;
  readonly publicUrl: () => string;
};

const NO_LINKS: MessageLinks = { actions: null, receiptUrl: null };

/** Only a call asks for an answer; a notice only tells. */
export async function makeLinks(
  deps: LinkDeps,
  message: Pick<
    ClaimedNotification,
    'projectId' | 'notificationId' | 'subjectKind' | 'purpose' | 'createdAt'
  >,
): Promise<MessageLinks> {
  if (message.subjectKind !== 'alert') return NO_LINKS;
  const config = await deps.configs.load(message.projectId);
  if (config === null) return NO_LINKS;
  const base = deps.publicUrl();
  const { linkNo } = config;
  const { notificationId } = message;
  const expiresAt = plusMs(message.createdAt, LIMITS.linkAgeMaxMs);
  const tokenOf = (purpose: LinkPurpose) =>
    renderLinkToken({ purpose, linkNo, notificationId, expiresAt }, deps.sign);
  const pageOf = (purpose: Exclude<LinkPurpose, 'receipt'>) => `${base}/a/${tokenOf(purpose)}`;
  const actions: ActionLinks = {
    page: pageOf('page'),
    seen: pageOf('seen'),
    calling: pageOf('calling'),
    cannot: pageOf('cannot'),
    resolve: pageOf('resolve'),
  };
  return {
    actions: message.purpose === 'call' ? actions : null,
    receiptUrl: `${base}/api/v1/receipts/${tokenOf('receipt')}`,
  };
}
