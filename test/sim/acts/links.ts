/** What people and devices do with the links in messages that reached them. */
import { nameAlert } from '#test/sim/seen/ledger.ts';
import type { Act, Forgery, LinkAction, Step } from '#test/sim/draw.ts';
import { type Flight, isReceived } from '#test/sim/network.ts';
import type { Sim } from '#test/sim/sim.ts';
import { noteAsked } from './answers.ts';
import { keyOf, pickAgain, pickOne, send } from './send.ts';

type ActOf<Kind extends Act['kind']> = Extract<Act, { readonly kind: Kind }>;

const PURPOSES = ['page', 'seen', 'calling', 'cannot', 'resolve', 'receipt'] as const;
const TOKEN = /\/(?:a|receipts)\/([A-Za-z0-9_-]{58})/g;
/** Where in its bytes a token says when it ends. */
const EXPIRY_AT = 23;

type FoundLink = {
  readonly token: string;
  readonly purpose: string;
  readonly expiresAt: number;
  readonly notificationId: string;
  /** Of the alert; null = the message is forgotten. */
  readonly alert: string | null;
  readonly isCall: boolean;
};

function listLinks(sim: Sim, flight: Flight): readonly FoundLink[] {
  const { notificationId, body } = flight;
  const row = sim.last.notifications.find((one) => one.notification_id === notificationId);
  const alert =
    row === undefined ? null : nameAlert({ project_id: row.project_id, alert_id: row.subject_id });
  return [...body.matchAll(TOKEN)].map(([, token = '']) => {
    const bytes = Buffer.from(token, 'base64url');
    const purpose = PURPOSES[bytes[0] ?? 0] ?? 'page';
    const expiresAt = bytes.readUInt32BE(EXPIRY_AT) * 1_000;
    return { token, purpose, expiresAt, notificationId, alert, isCall: row?.purpose === 'call' };
  });
}

/** Most of what is pressed is about something that is still open. */
const OPEN_SHARE = 0.8;

/** Links of one message that arrived, those that `isWanted`. */
function pickLinks(
  sim: Sim,
  step: Step,
  isWanted: (link: FoundLink) => boolean,
): readonly FoundLink[] {
  const open = new Set(
    sim.last.alerts
      .filter(({ status }) => status !== 'RESOLVED' && status !== 'EXPIRED')
      .map(nameAlert),
  );
  const all = sim.network.flights
    .filter(isReceived)
    .map((flight) => listLinks(sim, flight).filter(isWanted))
    .filter((links) => links.length > 0);
  const ofOpen = all.filter(([first]) => open.has(first?.alert ?? ''));
  const among = ofOpen.length > 0 && step.pick < OPEN_SHARE ? ofOpen : all;
  return pickOne(among, pickAgain(step)) ?? [];
}

export async function pressLink(sim: Sim, step: Step, act: ActOf<'press'>): Promise<void> {
  const { action } = act;
  const links = pickLinks(sim, step, ({ purpose }) => purpose !== 'receipt');
  const link = links.find(({ purpose }) => purpose === action) ?? links[0];
  if (link === undefined) return;
  const { notificationId, alert } = link;
  const isFutile = alert === null || link.expiresAt <= sim.clock.now();
  const asked = noteAsked(sim, { what: action, alert: alert ?? '', notificationId, isFutile });
  sim.ledger.receipts.add(notificationId);
  for (let time = 0; time < act.times; time += 1) {
    const other = { ...step, node: step.node + time };
    const answer = await send(sim, other, {
      path: `/a/${link.token}`,
      key: null,
      form: renderForm(action),
    });
    asked.statuses.push(answer?.status ?? 0);
  }
}

function renderForm(action: LinkAction): string {
  const outcome = action === 'resolve' ? { outcome: 'help_sent' } : {};
  return new URLSearchParams({ action, ...outcome }).toString();
}

export async function confirmReceipt(sim: Sim, step: Step, act: ActOf<'receipt'>): Promise<void> {
  const [link] = pickLinks(sim, step, ({ purpose }) => purpose === 'receipt');
  if (link === undefined) return;
  const { notificationId, alert } = link;
  const isFutile = alert === null || link.expiresAt <= sim.clock.now();
  const what = link.isCall ? 'receipt' : 'receipt_of_notice';
  const asked = noteAsked(sim, { what, alert: alert ?? '', notificationId, isFutile });
  sim.ledger.receipts.add(notificationId);
  for (const status of act.statuses) {
    const path = `/api/v1/receipts/${link.token}`;
    const answer = await send(sim, step, { path, key: null, body: { status } });
    asked.statuses.push(answer?.status ?? 0);
  }
}

/** None of these may do anything. */
export async function forgeLink(sim: Sim, step: Step, act: ActOf<'forge'>): Promise<void> {
  const isReceipt = act.how === 'receipt_as_page';
  const [link] = pickLinks(sim, step, ({ purpose }) => (purpose === 'receipt') === isReceipt);
  if (link === undefined) return;
  const asked = noteAsked(sim, { what: 'forge', alert: link.alert ?? '', isFutile: true });
  const path =
    act.how === 'page_as_receipt'
      ? `/api/v1/receipts/${link.token}`
      : `/a/${forgeToken(link.token, act.how)}`;
  const how = act.how === 'page_as_receipt' ? { body: {} } : { form: renderForm('resolve') };
  const answer = await send(sim, step, { path, key: null, ...how });
  asked.statuses.push(answer?.status ?? 0);
}

function forgeToken(token: string, how: Forgery): string {
  if (how === 'receipt_as_page') return token;
  const bytes = Buffer.from(token, 'base64url');
  const at = how === 'other_purpose' ? 0 : bytes.length - 1;
  bytes[at] = ((bytes[at] ?? 0) + 1) % PURPOSES.length;
  return bytes.toString('base64url');
}

const LOOKS_MAX = 4;

/** As link scanners and consoles do. */
export async function lookAround(sim: Sim, step: Step): Promise<void> {
  const links = pickLinks(sim, step, ({ alert }) => alert !== null);
  const isActing = sim.basis.mutation?.isActingOnGet === true;
  for (const { token, purpose } of links.slice(0, LOOKS_MAX)) {
    const isReceipt = purpose === 'receipt';
    const path = isReceipt ? `/api/v1/receipts/${token}` : `/a/${token}`;
    const form = { form: renderForm('calling') };
    if (isActing && !isReceipt) await send(sim, step, { path, key: null, ...form });
    else await send(sim, step, { method: 'GET', path, key: null });
  }
  const alert = pickOne(sim.last.alerts, pickAgain(step));
  if (alert === undefined) return;
  const key = keyOf(sim, alert.project_id);
  const base = `/api/v1/alerts/${alert.alert_id}`;
  const paths = [base, `${base}/timeline`, `${base}/notifications`, '/api/v1/alerts'];
  for (const path of [...paths, '/api/v2/alerts'])
    await send(sim, step, { method: 'GET', path, key });
}
