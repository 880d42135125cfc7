/** `/login`: three fields and a button, or who is logged in. Pure. */
import { LIMITS } from '#kernel/limits.ts';
import { MS_PER_MINUTE, MS_PER_SECOND } from '#kernel/instant.ts';
import type { Language } from '#kernel/words/language.ts';
import { html } from './html.ts';
import { type Notice, renderPage } from './page-layout.ts';
import { PHRASE_BOOK } from './phrases/phrase-book.ts';
import { fillPhrase, type Phrases } from './phrases/phrases.ts';

export type LoginNotice =
  | { readonly kind: 'refused' | 'foreign' | 'failed' }
  | { readonly kind: 'throttled'; readonly waitMs: number };

export type LoginPage =
  | {
      readonly kind: 'form';
      readonly language: Language;
      readonly notice: LoginNotice | null;
      /** As it was typed, so that it need not be typed again. */
      readonly login: string;
    }
  | { readonly kind: 'inside'; readonly language: Language; readonly name: string };

export function renderLoginPage(page: LoginPage): string {
  const { language } = page;
  const words = PHRASE_BOOK[language];
  const { title } = words.login;
  if (page.kind === 'inside') return renderInside(words, page);
  const notices = page.notice === null ? [] : [renderNotice(words, page.notice)];
  const body = html`<form method="post" action="/login">
<label>${words.login.name}<input name="login" value="${page.login}" autocomplete="username" \
maxlength="${LIMITS.loginCharsMax}" autocapitalize="none" spellcheck="false" required></label>
<label>${words.login.password}<input name="password" type="password" \
autocomplete="current-password" required></label>
<label>${words.login.code}<input name="code" autocomplete="one-time-code" \
autocapitalize="none" spellcheck="false" maxlength="40" required></label>
<button class="go">${words.login.submit}</button>
</form>
<p class="soft">${words.login.lost}</p>`;
  return renderPage({ language, title, notices, body });
}

type Inside = Extract<LoginPage, { kind: 'inside' }>;

function renderInside(words: Phrases, { language, name }: Inside): string {
  const text = fillPhrase(words.login.loggedIn, { name });
  const body = html`<p><a class="go" href="/#login">${words.login.open}</a></p>
<form method="post" action="/logout"><button>${words.login.logOut}</button></form>`;
  const notices = [{ text, isWrong: false }];
  return renderPage({ language, title: 'Tocsin', notices, body });
}

function renderNotice(words: Phrases, notice: LoginNotice): Notice {
  if (notice.kind !== 'throttled') return { text: words.login[notice.kind], isWrong: true };
  const time = renderWait(words, notice.waitMs);
  return { text: fillPhrase(words.login.throttled, { time }), isWrong: true };
}

/** Rounded up: who comes then is not too early. */
function renderWait(words: Phrases, waitMs: number): string {
  return waitMs > MS_PER_MINUTE
    ? fillPhrase(words.minutes, { count: Math.ceil(waitMs / MS_PER_MINUTE) })
    : fillPhrase(words.seconds, { count: Math.ceil(waitMs / MS_PER_SECOND) });
}
