/**
 * The page behind the links of a message: what is wrong, who has it, and large buttons. Whole in
 * one answer of at most `actionPageBytesMax`, no script, nothing loaded from elsewhere. Showing it
 * changes nothing: only the posted form answers, to the address of the page itself. Pure.
 */
import type { Instant } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import { type Language, parseLanguage } from '#kernel/words/language.ts';
import type { AlertStatus, Intent, Outcome } from '#kernel/words/lifecycle.ts';
import type { Severity } from '#kernel/words/severity.ts';
import { ACTION_PAGE_STYLE } from './action-page-style.ts';
import { renderActionPageHtml } from './action-page-layout.ts';
import { cleanLine } from './clean-text.ts';
import { PHRASE_BOOK } from './phrases/phrase-book.ts';
import {
  ACTIONS,
  type ActionName,
  CHOSEN_OUTCOMES,
  type Notice,
  type Phrases,
} from './phrases/phrases.ts';
import { type Place, renderMoment, renderPhrase, renderPlace } from './template.ts';

/** Who has it, where somebody does. */
export type Holder = { readonly name: string; readonly intent: Intent; readonly at: Instant };

export type ActionPageAlert = {
  readonly title: string;
  readonly severity: Severity;
  readonly status: AlertStatus;
  readonly place: Place;
  readonly sinceAt: Instant;
  readonly holder: Holder | null;
  readonly isTest: boolean;
};

/** What the posted answer came to. */
export type ActionResult =
  | { readonly kind: 'recorded'; readonly action: 'seen' | 'calling'; readonly at: Instant }
  | { readonly kind: 'resolved'; readonly outcome: Outcome; readonly at: Instant }
  | { readonly kind: 'already_acknowledged'; readonly by: string; readonly at: Instant }
  | { readonly kind: 'already_resolved'; readonly at: Instant }
  | { readonly kind: 'expired_closed' }
  /** Null where the next one has no name to show. */
  | { readonly kind: 'calling_next'; readonly name: string | null }
  | { readonly kind: 'nobody_next' }
  | { readonly kind: 'outcome_missing' }
  | { readonly kind: 'not_recorded' };

export type ActionPageView =
  | {
      readonly kind: 'alert';
      readonly language: Language;
      readonly recipient: string;
      readonly alert: ActionPageAlert;
      /** Null = the page as the link opens it. */
      readonly result: ActionResult | null;
      readonly offered: readonly ActionName[];
      /** The one that the link was for: comes first, and largest. */
      readonly primary: ActionName | null;
    }
  | {
      readonly kind: 'dead';
      readonly language: Language;
      readonly reason: 'link_expired' | 'link_unknown' | 'not_recorded';
    };

type AlertView = Extract<ActionPageView, { kind: 'alert' }>;

export function renderActionPage(view: ActionPageView): string {
  const lang = parseLanguage(view.language);
  const words = PHRASE_BOOK[lang];
  if (view.kind === 'dead') {
    const { linkExpired, linkUnknown, notRecorded } = words.page;
    const notices = {
      link_expired: linkExpired,
      link_unknown: linkUnknown,
      not_recorded: notRecorded,
    } as const;
    const { heading, text } = notices[view.reason];
    const notice = { heading, text, isWrong: true };
    return renderActionPageHtml({ ...EMPTY, lang, title: heading, notice, isAlertShown: false });
  }
  return renderAlertPage(words, lang, view);
}

const EMPTY = {
  style: ACTION_PAGE_STYLE,
  severity: null,
  heading: null,
  test: null,
  place: null,
  since: null,
  status: null,
  ask: null,
  buttons: [],
  resolve: null,
  recipient: null,
};

function renderAlertPage(words: Phrases, lang: Language, view: AlertView): string {
  const { alert, result } = view;
  const title = cleanLine(alert.title, LIMITS.actionPageTitleCharsMax) || words.untitled;
  const urgency = words.urgency[alert.severity];
  const buttons = listButtons(words, view);
  const isResolveOffered = view.offered.includes('resolve');
  return renderActionPageHtml({
    ...EMPTY,
    lang,
    title: `${urgency} · ${title}`,
    notice: result === null ? null : renderNotice(words, result),
    isAlertShown: true,
    severity: { name: alert.severity, text: urgency },
    heading: title,
    test: alert.isTest ? words.test.sentence : null,
    place: renderPlace(words, cleanPlace(alert.place)),
    since: renderPhrase(words.page.since, { time: renderMoment(words, alert.sinceAt) }),
    status: renderStatus(words, alert),
    ask: result === null && buttons.length > 0 && isOpenStill(alert) ? words.page.ask : null,
    buttons,
    resolve: isResolveOffered ? listResolve(words, view) : null,
    recipient: renderPhrase(words.page.recipient, { recipient: cleanName(view.recipient) }),
  });
}

function isOpenStill({ status }: ActionPageAlert): boolean {
  return status === 'PENDING' || status === 'DELIVERED' || status === 'SEEN';
}

function cleanName(name: string): string {
  return cleanLine(name, LIMITS.actionPageNameCharsMax);
}

function cleanPlace(place: Place): Place {
  const clean = (id: string | null): string | null => (id === null ? null : cleanName(id));
  return {
    areaId: clean(place.areaId),
    cameraId: clean(place.cameraId),
    deviceId: clean(place.deviceId),
  };
}

function renderStatus(words: Phrases, alert: ActionPageAlert): string {
  const { holder, status } = alert;
  if (status !== 'ACKNOWLEDGED' || holder === null) return words.status[status];
  return renderPhrase(words.page.held[holder.intent], {
    who: cleanName(holder.name) || words.someone,
    time: renderMoment(words, holder.at),
  });
}

type Button = {
  readonly action: string;
  readonly text: string;
  readonly hint: string;
  readonly look: string;
};

/** The one that the link was for first, then the usual order. */
function listButtons(words: Phrases, view: AlertView): readonly Button[] {
  const { offered, primary } = view;
  const order = ACTIONS.toSorted((a, b) => Number(b === primary) - Number(a === primary));
  return order.flatMap((action) => {
    if (action === 'resolve' || !offered.includes(action)) return [];
    const text = action === 'cannot' ? words.page.cannot : words.actions[action];
    const looks = [action === 'cannot' ? '' : 'go', action === primary ? 'first' : ''];
    return [{ action, text, hint: words.page.hints[action], look: looks.join(' ').trim() }];
  });
}

function listResolve(words: Phrases, view: AlertView) {
  const isAsked = view.primary === 'resolve' || view.result?.kind === 'outcome_missing';
  return {
    ...words.page.resolve,
    isOpen: isAsked,
    outcomes: CHOSEN_OUTCOMES.map((value) => ({ value, text: words.page.chosenOutcome[value] })),
    detailCharsMax: LIMITS.linkDetailCharsMax,
  };
}

type ShownNotice = Notice & { readonly isWrong: boolean };

function renderNotice(words: Phrases, result: ActionResult): ShownNotice {
  const { page } = words;
  const time = 'at' in result ? renderMoment(words, result.at) : '';
  const fill = (notice: Notice, values: Readonly<Record<string, string>> = {}): ShownNotice => ({
    heading: renderPhrase(notice.heading, { time, ...values }),
    text: renderPhrase(notice.text, { time, ...values }),
    isWrong: false,
  });
  switch (result.kind) {
    case 'recorded':
      return fill(result.action === 'seen' ? page.recordedSeen : page.recordedCalling);
    case 'resolved':
      return fill(page.resolved, { outcome: words.outcome[result.outcome] });
    case 'already_acknowledged':
      return fill(page.alreadyAcknowledged, { who: cleanName(result.by) || words.someone });
    case 'already_resolved':
      return fill(page.alreadyResolved);
    case 'expired_closed':
      return fill(page.expiredClosed);
    case 'calling_next': {
      const who = cleanName(result.name ?? '');
      return fill(who === '' ? page.callingSomeone : page.callingNext, { who });
    }
    case 'nobody_next':
      return { ...fill(page.nobodyNext), isWrong: true };
    case 'outcome_missing':
      return { ...fill(page.outcomeMissing), isWrong: true };
    default:
      return { ...fill(page.notRecorded), isWrong: true };
  }
}
