/**
 * Keys and tokens that their providers made to be recognised. Every pattern is bounded and begins
 * with fixed letters at the start of a word; the rest of an over-long token is taken along.
 */
import type { MaskClass } from '#redaction/mask.ts';
import type { Hit } from '#redaction/text/hit.ts';

export type KnownToken = { readonly maskClass: MaskClass; readonly pattern: string };

export const KNOWN_TOKENS: readonly KnownToken[] = [
  { maskClass: 'aws_key_id', pattern: '(?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}' },
  { maskClass: 'github_token', pattern: 'gh[pousr]_[A-Za-z0-9]{30,255}' },
  { maskClass: 'github_token', pattern: 'github_pat_[A-Za-z0-9_]{22,255}' },
  {
    maskClass: 'gitlab_token',
    pattern: '(?:gl(?:pat|dt|rt|ptt|cbt|agent|oas|soat|ffct)|GR1348941)-?[A-Za-z0-9_-]{20,255}',
  },
  { maskClass: 'slack_token', pattern: 'xox[abeoprs](?:\\.xox[bp])?-[A-Za-z0-9-]{10,255}' },
  { maskClass: 'slack_token', pattern: 'xapp-\\d-[A-Za-z0-9-]{10,255}' },
  { maskClass: 'stripe_key', pattern: '(?:sk|rk|pk)_(?:test|live|prod)_[A-Za-z0-9]{10,255}' },
  { maskClass: 'sentry_token', pattern: 'sntryu_[a-f0-9]{64}' },
  { maskClass: 'sentry_token', pattern: 'sntrys_[A-Za-z0-9+/=_-]{32,255}' },
  { maskClass: 'telegram_token', pattern: '(?:bot)?\\d{5,16}:A[A-Za-z0-9_-]{34}' },
  { maskClass: 'vendor_token', pattern: 'AIza[A-Za-z0-9_-]{35}' },
  { maskClass: 'vendor_token', pattern: 'ya29\\.[A-Za-z0-9_-]{20,255}' },
  { maskClass: 'vendor_token', pattern: 'GOCSPX-[A-Za-z0-9_-]{28}' },
  { maskClass: 'vendor_token', pattern: 'sk-(?:proj|svcacct|admin|ant)-[A-Za-z0-9_-]{20,255}' },
  { maskClass: 'vendor_token', pattern: 'sk-[A-Za-z0-9]{20,255}' },
  { maskClass: 'vendor_token', pattern: 'whsec_[A-Za-z0-9+/=_-]{16,255}' },
  { maskClass: 'vendor_token', pattern: 'npm_[A-Za-z0-9]{36}' },
  { maskClass: 'vendor_token', pattern: 'pypi-[A-Za-z0-9_-]{50,255}' },
  { maskClass: 'vendor_token', pattern: 'dckr_(?:pat|oat)_[A-Za-z0-9_-]{27,255}' },
  { maskClass: 'vendor_token', pattern: 'do[opr]_v1_[a-f0-9]{64}' },
  { maskClass: 'vendor_token', pattern: 'SG\\.[A-Za-z0-9_-]{16,32}\\.[A-Za-z0-9_-]{16,64}' },
  { maskClass: 'vendor_token', pattern: 'gl(?:c|sa)_[A-Za-z0-9+/=_-]{32,255}' },
  { maskClass: 'vendor_token', pattern: 'hv[sbr]\\.[A-Za-z0-9_-]{24,255}' },
  { maskClass: 'vendor_token', pattern: 'shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}' },
  { maskClass: 'vendor_token', pattern: 'LTAI[A-Za-z0-9]{12,24}' },
  { maskClass: 'vendor_token', pattern: 'AKID[A-Za-z0-9]{13,40}' },
  { maskClass: 'vendor_token', pattern: 'lin_api_[A-Za-z0-9]{40}' },
  { maskClass: 'vendor_token', pattern: 'key-[0-9a-f]{32}' },
  { maskClass: 'vendor_token', pattern: 'AGE-SECRET-KEY-1[A-Z0-9]{58}' },
];

const WORD_START = '(?<![A-Za-z0-9])';
const TOKENS = new RegExp(
  `${WORD_START}(?:${KNOWN_TOKENS.map(({ pattern }) => `(${pattern})`).join('|')})`,
  'g',
);
/** What no text has that holds none of them; cheaper to look for than they are. */
const BEGINNING =
  /A3T|A[KCBS]|gh[opusr]_|github_|gl[a-z]{1,4}-|GR13|xox|xapp|k_|sntry|:A|AIza|ya29|GOC|sk-|whsec|npm_|pypi|dckr|_v1_|SG\.|gl[cs]|hv[sbr]\.|shp|LTAI|lin_|key-|AGE-/;
const TOKEN_CHAR = /[A-Za-z0-9]/;

export function findKnownTokens(text: string, hits: Hit[]): void {
  if (!BEGINNING.test(text)) return;
  TOKENS.lastIndex = 0;
  for (let match = TOKENS.exec(text); match !== null; match = TOKENS.exec(text)) {
    const index = match.findIndex((part, group) => group > 0 && part !== undefined);
    const token = KNOWN_TOKENS[index - 1];
    const start = match.index + (match[0].startsWith('bot') ? 3 : 0);
    let end = match.index + match[0].length;
    while (end < text.length && TOKEN_CHAR.test(text.charAt(end))) end += 1;
    TOKENS.lastIndex = end;
    if (token !== undefined) hits.push({ start, end, maskClass: token.maskClass });
  }
}

const AWS_SECRET = /(?<![A-Za-z0-9+/=_-])[A-Za-z0-9+/]{40}(?![A-Za-z0-9+/_-])/g;

/** Forty characters beside the id of a key. A hash is hexadecimal. */
export function findAwsSecrets(text: string, hits: Hit[]): void {
  if (!hits.some(({ maskClass }) => maskClass === 'aws_key_id')) return;
  for (const { index, 0: spelled } of text.matchAll(AWS_SECRET)) {
    const isMixed = /[A-Z]/.test(spelled) && /[a-z]/.test(spelled) && /[\d/+]/.test(spelled);
    if (isMixed) hits.push({ start: index, end: index + 40, maskClass: 'aws_secret' });
  }
}

const CHARS = /[A-Za-z0-9_-]/;
const JWT_PART_MIN = 8;

/** Three or five parts with dots between them, the first one beginning as `{"` does in base64. */
export function findJwts(text: string, hits: Hit[]): void {
  let from = 0;
  for (let start = text.indexOf('eyJ'); start !== -1; start = text.indexOf('eyJ', from)) {
    let end = skipRun(text, start);
    from = end;
    if (start > 0 && /[A-Za-z0-9]/.test(text.charAt(start - 1))) continue;
    let parts = 1;
    while (parts < 5 && text[end] === '.') {
      const next = skipRun(text, end + 1);
      if (parts === 1 && next - end - 1 < JWT_PART_MIN) break;
      end = next;
      parts += 1;
    }
    from = Math.max(from, end);
    if (parts >= 2 && end - start > 20) hits.push({ start, end, maskClass: 'jwt' });
  }
}

function skipRun(text: string, start: number): number {
  let at = start;
  while (at < text.length && CHARS.test(text.charAt(at))) at += 1;
  return at;
}

const PEM_BEGIN = '-----BEGIN ';
const PEM_HEAD = /^-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/;
const PEM_END = /-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g;

/** One that was cut off goes to the end of the text. */
export function findPrivateKeys(text: string, hits: Hit[]): void {
  let from = 0;
  for (let at = text.indexOf(PEM_BEGIN); at !== -1; at = text.indexOf(PEM_BEGIN, from)) {
    from = at + PEM_BEGIN.length;
    if (!PEM_HEAD.test(text.slice(at, at + 80))) continue;
    PEM_END.lastIndex = from;
    const closing = PEM_END.exec(text);
    const end = closing === null ? text.length : closing.index + closing[0].length;
    hits.push({ start: at, end, maskClass: 'private_key' });
    from = end;
  }
}

export const SLACK_WEBHOOK =
  /(?<![A-Za-z0-9.-])hooks\.slack(?:-gov)?\.com\/(?:services|workflows|triggers)\//gi;
export const OTHER_WEBHOOK = new RegExp(
  String.raw`(?<![A-Za-z0-9-])(?:discord(?:app)?\.com\/api\/(?:v\d{1,2}\/)?webhooks\/\d{5,25}\/|` +
    String.raw`webhook\.office\.com\/webhookb2\/|oapi\.dingtalk\.com\/robot\/send\?access_token=|` +
    String.raw`open\.(?:feishu\.cn|larksuite\.com)\/open-apis\/bot\/v2\/hook\/|` +
    String.raw`qyapi\.weixin\.qq\.com\/cgi-bin\/webhook\/send\?key=)`,
  'gi',
);
const PATH_CHAR = /[A-Za-z0-9/_.@%-]/;

/** Whoever knows the path may post: all of it after the fixed part is masked. */
export function findWebhooks(text: string, hits: Hit[]): void {
  readPaths(text, { hits, pattern: SLACK_WEBHOOK, maskClass: 'slack_webhook' });
  readPaths(text, { hits, pattern: OTHER_WEBHOOK, maskClass: 'vendor_token' });
}

function readPaths(
  text: string,
  how: { readonly hits: Hit[]; readonly pattern: RegExp; readonly maskClass: MaskClass },
): void {
  for (const { index, 0: head } of text.matchAll(how.pattern)) {
    const start = index + head.length;
    let end = start;
    while (end < text.length && PATH_CHAR.test(text.charAt(end))) end += 1;
    if (end > start) how.hits.push({ start, end, maskClass: how.maskClass });
  }
}
