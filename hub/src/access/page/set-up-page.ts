/** `/setup/{token}`: choose a password, connect a telephone, keep the recovery codes. Pure. */
import { renderSVG } from 'uqr';
import { LIMITS } from '#kernel/limits.ts';
import type { Language } from '#kernel/words/language.ts';
import { type Html, html, trustHtml } from './html.ts';
import { renderPage } from './page-layout.ts';
import { PHRASE_BOOK } from './phrases/phrase-book.ts';
import { fillPhrase, type Phrases, type SetUpFault } from './phrases/phrases.ts';

export type SetUpPage = { readonly language: Language } & (
  | {
      readonly kind: 'choose';
      /** Null: the first administrator, who says who they are. */
      readonly operator: { readonly name: string; readonly login: string } | null;
      readonly faults: readonly SetUpFault[];
      /** As the first one typed it. */
      readonly typed: { readonly name: string; readonly login: string };
    }
  | {
      readonly kind: 'connect';
      readonly secret: string;
      readonly uri: string;
      readonly isCodeWrong: boolean;
    }
  | { readonly kind: 'done'; readonly codes: readonly string[] }
  | { readonly kind: 'dead' }
  | { readonly kind: 'failed' | 'foreign' }
);

type Page<Kind extends SetUpPage['kind']> = Extract<SetUpPage, { kind: Kind }>;

export function renderSetUpPage(page: SetUpPage): string {
  const words = PHRASE_BOOK[page.language];
  switch (page.kind) {
    case 'choose':
      return renderChoose(words, page);
    case 'connect':
      return renderConnect(words, page);
    case 'done':
      return renderDone(words, page);
    case 'dead':
      return renderDead(words, page);
    default: {
      const notices = [{ text: words.login[page.kind], isWrong: true }];
      const { language } = page;
      return renderPage({ language, title: words.setUp.title, notices, body: html`` });
    }
  }
}

function renderChoose(words: Phrases, page: Page<'choose'>): string {
  const { language, operator, faults } = page;
  const { setUp } = words;
  const bounds = { min: LIMITS.passwordCharsMin, max: LIMITS.passwordCharsMax };
  const notices = faults.map((fault) => ({
    text: fillPhrase(words.faults[fault], bounds),
    isWrong: true,
  }));
  const lead = operator === null ? setUp.firstLead : fillPhrase(setUp.lead, operator);
  const hint = fillPhrase(setUp.passwordHint, { count: LIMITS.passwordCharsMin });
  const body = html`<p>${lead}</p>
<form method="post"><input type="hidden" name="step" value="choose">
${operator === null ? renderWho(words, page) : renderLogin(operator.login)}
<label>${setUp.password}<input name="password" type="password" autocomplete="new-password" \
minlength="${LIMITS.passwordCharsMin}" required></label>
<p class="soft">${hint}</p>
<label>${setUp.repeat}<input name="repeat" type="password" autocomplete="new-password" \
required></label>
<button class="go">${setUp.next}</button>
</form>`;
  return renderPage({ language, title: setUp.title, notices, body });
}

function renderWho(words: Phrases, { typed }: Page<'choose'>): Html {
  return html`<label>${words.setUp.yourName}<input name="name" value="${typed.name}" \
autocomplete="name" maxlength="${LIMITS.nameCharsMax}" required></label>
<label>${words.setUp.loginName}<input name="login" value="${typed.login}" \
autocomplete="username" autocapitalize="none" spellcheck="false" \
maxlength="${LIMITS.loginCharsMax}" required></label>`;
}

/** For the password manager, which wants to know whose password it keeps. */
function renderLogin(login: string): Html {
  return html`<input name="login" value="${login}" autocomplete="username" type="hidden">`;
}

function renderConnect(words: Phrases, page: Page<'connect'>): string {
  const { language, secret, uri, isCodeWrong } = page;
  const { setUp } = words;
  const notices = isCodeWrong ? [{ text: setUp.codeWrong, isWrong: true }] : [];
  const grouped = secret.match(/.{1,4}/g)?.join(' ') ?? secret;
  const body = html`<p>${setUp.appLead}</p>
<div class="qr">${trustHtml(renderSVG(uri, { border: 2, ecc: 'M' }))}</div>
<p>${setUp.secret}: <code>${grouped}</code></p>
<form method="post"><input type="hidden" name="step" value="connect">
<label>${setUp.code}<input name="code" inputmode="numeric" autocomplete="one-time-code" \
maxlength="10" required></label>
<button class="go">${setUp.finish}</button>
</form>`;
  return renderPage({ language, title: setUp.appTitle, notices, body });
}

function renderDone(words: Phrases, { language, codes }: Page<'done'>): string {
  const { setUp, login } = words;
  const body = html`<p>${setUp.doneLead}</p>
<div class="box"><ul>${codes.map((code) => html`<li><code>${code}</code></li>`)}</ul></div>
<p><a class="go" href="/#login">${login.open}</a></p>`;
  return renderPage({ language, title: setUp.doneTitle, notices: [], body });
}

function renderDead(words: Phrases, { language }: Page<'dead'>): string {
  const { setUp, login } = words;
  const body = html`<p>${setUp.deadText}</p>
<p><a class="go" href="/login">${login.title}</a></p>`;
  return renderPage({ language, title: setUp.deadTitle, notices: [], body });
}
