/**
 * The mail about an alert or an event, in the language of whoever gets it. It never throws: what
 * is odd is left out rather than the mail, since a plain mail wakes someone and none does not.
 * Pure.
 */
import type { ChannelNotification } from '#delivery/channel.ts';
import type { Instant } from '#kernel/instant.ts';
import { MS_PER_MINUTE } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import { parseLanguage } from '#kernel/words/language.ts';
import type { Severity } from '#kernel/words/severity.ts';
import { cleanLine, cutText } from './clean-text.ts';
import { type MailFacts, parseMailFacts } from './mail-facts.ts';
import { renderMailHtml, renderMailPlain } from './mail-layout.ts';
import { PHRASE_BOOK } from './phrases/phrase-book.ts';
import { BUILT_IN_LABELS, type FactName, type Phrases } from './phrases/phrases.ts';
import {
  createHtmlTemplate,
  renderDuration,
  renderMoment,
  renderPhrase,
  renderPlace,
} from './template.ts';

export type MailText = {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
};

export function renderMailText(notification: ChannelNotification): MailText {
  try {
    return renderWhole(notification);
  } catch {
    return renderBare(notification);
  }
}

function renderWhole(notification: ChannelNotification): MailText {
  const lang = parseLanguage(notification.language);
  const words = PHRASE_BOOK[lang];
  const { mail } = words;
  const facts = parseMailFacts(notification);
  const lead = renderLead(words, facts, notification.createdAt);
  const place = renderPlace(words, facts);
  const { moreDetails, footer } = mail;
  const values = {
    lang,
    subject: renderSubject(words, facts),
    preview: place === '' ? lead : `${place} · ${lead}`,
    chip: renderChip(words, facts),
    title: facts.title ?? words.untitled,
    test: facts.isTest ? words.test.sentence : null,
    place,
    placeName: mail.facts.where,
    lead,
    next: renderNext(words, facts),
    buttons: facts.links.map(({ action, url }) => ({
      url,
      text: words.actions[action],
      ground: action === 'seen' || action === 'calling' ? '#0b4f8a' : '#4a5058',
    })),
    hasButtons: facts.links.length > 0,
    linksSafe: mail.linksSafe,
    facts: listFacts(words, facts, place),
    colon: mail.colon,
    sourceUrl: facts.sourceUrl,
    openSource: mail.openSource,
    detailsName: mail.details,
    hasDetails: facts.details.length > 0,
    details: facts.details,
    moreDetails:
      facts.detailsLeftOut > 0 ? renderPhrase(moreDetails, { number: facts.detailsLeftOut }) : null,
    footer: renderPhrase(footer, { recipient: facts.recipient }),
  };
  return { subject: values.subject, text: renderMailPlain(values), html: renderMailHtml(values) };
}

/** The title gives way where the whole would be too long: urgency and label stay. */
function renderSubject(words: Phrases, facts: MailFacts): string {
  const phrase = words.mail.subject[facts.kind];
  const label = cutText(renderLabel(words, facts), LIMITS.textSubjectLabelCharsMax);
  const urgency = words.urgency[facts.severity ?? 'unknown'];
  const mark = facts.isTest ? `${words.test.mark} ` : '';
  const fill = (title: string): string =>
    `${mark}${renderPhrase(phrase, { urgency, title, label })}`;
  const room = LIMITS.textSubjectCharsMax - fill('').length;
  return fill(cutText(facts.title ?? renderNameless(words, facts), room));
}

function renderNameless(words: Phrases, facts: MailFacts): string {
  return facts.kind === 'other' && facts.eventType !== '' ? facts.eventType : words.untitled;
}

/** Labels of Tocsin's own are translated; those that a policy's author wrote are his. */
function renderLabel(words: Phrases, { label }: MailFacts): string {
  if (label === null) return words.mail.reminder;
  const number = /^Reminder (\d{1,3})$/.exec(label)?.[1];
  if (number !== undefined) return renderPhrase(words.mail.numberedReminder, { number });
  const known = BUILT_IN_LABELS.find((each) => each === label);
  return known === undefined ? label : words.mail.labels[known];
}

function renderLead(words: Phrases, facts: MailFacts, createdAt: Instant): string {
  const { mail } = words;
  const who = facts.acknowledgedBy ?? words.someone;
  const { intent, outcome } = facts;
  switch (facts.kind) {
    case 'escalated':
      return renderReason(words, facts, createdAt);
    case 'acknowledged':
      return renderPhrase(intent === null ? mail.lead.acknowledged : mail.acknowledged[intent], {
        who,
      });
    case 'resolved':
      return outcome === null ? mail.lead.resolved : mail.resolvedAs[outcome];
    default:
      return mail.lead[facts.kind];
  }
}

function renderReason(words: Phrases, facts: MailFacts, createdAt: Instant): string {
  const { mail } = words;
  const reasons: Readonly<Record<string, string>> = mail.reasons;
  const { label, raisedAt } = facts;
  if (label !== null && Object.hasOwn(reasons, label)) return reasons[label] ?? '';
  const durationMs = raisedAt === null ? 0 : createdAt - raisedAt;
  if (durationMs < MS_PER_MINUTE) return mail.lead.escalated;
  return renderPhrase(mail.unanswered, { duration: renderDuration(words, durationMs) });
}

/** Only while nobody has answered is somebody called next. */
function renderNext(words: Phrases, facts: MailFacts): string | null {
  const isCall = facts.kind === 'created' || facts.kind === 'escalated';
  const isUnanswered = facts.status === 'PENDING' || facts.status === 'DELIVERED';
  if (facts.nextAt === null || !isCall || !isUnanswered) return null;
  return renderPhrase(words.mail.next, { time: renderMoment(words, facts.nextAt) });
}

type Fact = { readonly name: string; readonly value: string };

function listFacts(words: Phrases, facts: MailFacts, place: string): readonly Fact[] {
  const { kind, severity, status, outcome } = facts;
  const moment = (at: Instant | null): string => (at === null ? '' : renderMoment(words, at));
  const taken = [facts.acknowledgedBy ?? '', moment(facts.acknowledgedAt)];
  const values: Readonly<Record<FactName, string>> = {
    where: place,
    since: moment(facts.sinceAt),
    severity: severity === null ? '' : words.severity[severity],
    status: kind === 'other' && status !== null ? words.status[status] : '',
    reminder: kind === 'escalated' ? renderLabel(words, facts) : '',
    seenAt: moment(facts.seenAt),
    acknowledgedBy: taken.filter((part) => part !== '').join(' · '),
    outcome: outcome === null ? '' : words.outcome[outcome],
    occurrences: facts.occurrenceCount > 1 ? String(facts.occurrenceCount) : '',
    source: facts.sourceName ?? '',
    reference: facts.reference ?? '',
  };
  const names: Readonly<Record<string, string>> = words.mail.facts;
  return Object.entries(values)
    .filter(([, value]) => value !== '')
    .map(([name, value]) => ({ name: names[name] ?? name, value }));
}

type Colours = { readonly ground: string; readonly ink: string };

const SEVERITY_COLOURS: Readonly<Record<Severity, Colours>> = {
  critical: { ground: '#a8001c', ink: '#ffffff' },
  high: { ground: '#ec8200', ink: '#000000' },
  medium: { ground: '#ffe14a', ink: '#000000' },
  low: { ground: '#1f6fb2', ink: '#ffffff' },
  info: { ground: '#4a5058', ink: '#ffffff' },
};

/** An alarm colour stands only for what still needs someone. */
function renderChip(words: Phrases, facts: MailFacts): Colours & { readonly text: string } {
  const { kind, severity } = facts;
  const calm: Colours = { ground: '#4a5058', ink: '#ffffff' };
  if (kind === 'acknowledged' || kind === 'resolved') {
    const status = kind === 'acknowledged' ? 'ACKNOWLEDGED' : 'RESOLVED';
    return { ...calm, text: words.status[status] };
  }
  if (kind === 'test') return { ...calm, text: words.mail.subject.test };
  const colours = severity === null ? calm : SEVERITY_COLOURS[severity];
  return { ...colours, text: words.urgency[severity ?? 'unknown'] };
}

const BARE_HTML = createHtmlTemplate(
  '<!DOCTYPE html><html><head><meta charset="utf-8"><title>Tocsin</title></head><body>\
{% for line in lines %}<p>{{ line }}</p>{% endfor %}</body></html>\n',
);

/** When even reading the payload went wrong: what it is, and that it is waiting. */
function renderBare(notification: ChannelNotification): MailText {
  const what = cleanLine(notification.eventType, LIMITS.textNameCharsMax);
  const which = cleanLine(notification.subjectId, LIMITS.textNameCharsMax);
  const words = PHRASE_BOOK[parseLanguage(notification.language)];
  const subject = `${words.urgency.unknown} ${what}`;
  const lines = [subject, which, cleanLine(notification.actions?.page, LIMITS.urlCharsMax)];
  return { subject, text: `${lines.join('\n')}\n`, html: BARE_HTML({ lines }) };
}
