/** The frame of a login's pages: no script, nothing loaded, no form to anywhere else. Pure. */
import { encodeBase64, sha256 } from '#kernel/crypto.ts';
import type { Language } from '#kernel/words/language.ts';
import { html, type Html, trustHtml } from './html.ts';
import { PAGE_STYLE } from './page-style.ts';

export const PAGE_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${encodeBase64(sha256(PAGE_STYLE))}'`,
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ');

export type Notice = { readonly text: string; readonly isWrong: boolean };

export function renderPage(page: {
  readonly language: Language;
  readonly title: string;
  readonly notices: readonly Notice[];
  readonly body: Html;
}): string {
  const { language, title, notices, body } = page;
  return html`<!DOCTYPE html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex, nofollow">
<title>${title} · Tocsin</title>
<style>${trustHtml(PAGE_STYLE)}</style>
</head>
<body>
<main>
<h1>${title}</h1>
${notices.map(renderNotice)}${body}
</main>
</body>
</html>
`.text;
}

function renderNotice({ text, isWrong }: Notice): Html {
  const [look, role] = isWrong ? ['box wrong', 'alert'] : ['box', 'status'];
  return html`<div class="${look}" role="${role}"><p>${text}</p></div>
`;
}
