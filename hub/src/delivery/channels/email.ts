/**
 * Mail over SMTP, one message per recipient. Its Message-ID is that of the notification and the
 * same over retries, so that a second copy after a lost answer can be told from the first; all
 * mails about one alert answer a message that never existed, by which mail programs thread them.
 */
import type { ErrorDetail } from '#kernel/error-codes.ts';
import { encodeUtf8, sha256Hex } from '#kernel/crypto.ts';
import type { JsonObject, JsonValue } from '#kernel/syntax/json.ts';
import { isJsonObject } from '#kernel/syntax/json.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { MailMessage, SmtpServer } from '#kernel/ports.ts';
import { OWN_MAIL_PREFIX } from '#kernel/words/mail.ts';
import type {
  Channel,
  ChannelNotification,
  ChannelPorts,
  Secrets,
  SecretsCheck,
  SendRequest,
} from '#delivery/channel.ts';
import { classifyMailOutcome } from '#delivery/mail/mail-answer.ts';
import {
  findMailAddressFault,
  parseMailAddresses,
  readMailDomain,
} from '#delivery/mail/mail-address.ts';
import type { SendOutcome } from '#delivery/outcome.ts';
import type { ConfigField, ConfigReading } from '#delivery/settings/config-field.ts';
import { parseConfigFields, renderConfigSchema } from '#delivery/settings/config-field.ts';
import { cleanLine } from '#delivery/text/clean-text.ts';
import { renderMailText } from '#delivery/text/mail-text.ts';

const IMPLICIT_TLS_PORT = 465;
/** Ports on which every server begins in the clear. */
const CLEAR_PORTS: readonly number[] = [25, 587];
/** A name, an IPv4 address, or an IPv6 address with or without brackets. */
const HOST = {
  matches: /^(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?|\[?[0-9A-Fa-f:.]{2,45}\]?)$/,
  says: 'must be the name or address of the server alone, such as mail.example.org',
};

const CONFIG_FIELDS: readonly ConfigField[] = [
  { name: 'smtp_host', label: 'Mail server', kind: 'text', isRequired: true, pattern: HOST },
  {
    name: 'smtp_port',
    label: 'Port (465 with TLS, 587 with STARTTLS)',
    kind: 'integer',
    isRequired: false,
    min: 1,
    max: 65_535,
    default: IMPLICIT_TLS_PORT,
  },
  {
    name: 'smtp_user',
    label: 'User name (the sender address if left out; used only with a password)',
    kind: 'text',
    isRequired: false,
  },
  {
    name: 'smtp_use_tls',
    label: 'TLS from the start (with STARTTLS also on, the port decides: TLS on 465 only)',
    kind: 'boolean',
    isRequired: false,
    default: true,
  },
  {
    name: 'smtp_use_starttls',
    label: 'STARTTLS, required (both off: unencrypted, and then without a password)',
    kind: 'boolean',
    isRequired: false,
    default: false,
  },
  { name: 'from_email', label: 'Sender address', kind: 'text', isRequired: true },
  { name: 'from_name', label: 'Sender name', kind: 'text', isRequired: false },
  {
    name: 'to_email',
    label: `Recipients (divided by commas, at most ${LIMITS.mailRecipientsMax})`,
    kind: 'text',
    isRequired: true,
  },
];

const PASSWORD = 'smtp_password';

export const emailChannel: Channel = {
  type: 'email',
  label: 'E-mail',
  summary: 'Mail over an SMTP server of your own, with links that answer the alert',
  configSchema: renderConfigSchema(CONFIG_FIELDS),
  secretFields: [{ name: PASSWORD, label: 'Password', isRequired: false }],
  capabilities: { hasDuplicateHandle: true, hasReceipts: false, hasActions: true },
  parseConfig,
  checkSecrets,
  listEndpoints: (config) => {
    const host = readText(config, 'smtp_host');
    return host === null ? [] : [{ host, port: readPort(config) }];
  },
  listAddresses: (config) => {
    const reading = parseMailAddresses(readText(config, 'to_email') ?? '');
    return reading.ok ? reading.addresses : [];
  },
  findAddressFault: findMailAddressFault,
  render: (notification, config) => ({
    body: encodeUtf8(JSON.stringify(renderMessage(notification, config))),
  }),
  send: sendEmail,
};

function parseConfig(value: JsonValue | undefined): ConfigReading {
  const reading = parseConfigFields(CONFIG_FIELDS, value);
  if (!reading.ok) return reading;
  const { config } = reading;
  const errors: ErrorDetail[] = [];
  const sender = findMailAddressFault(readText(config, 'from_email') ?? '');
  if (sender !== null) errors.push({ path: 'from_email', message: sender });
  const recipients = parseMailAddresses(readText(config, 'to_email') ?? '');
  if (!recipients.ok) errors.push({ path: 'to_email', message: recipients.message });
  const security = findSecurityFault(config);
  if (security !== null) errors.push(security);
  return errors.length === 0 ? reading : { ok: false, errors };
}

function findSecurityFault(config: JsonObject): ErrorDetail | null {
  const port = readPort(config);
  const security = readSecurity(config);
  if (security === 'starttls' && port === IMPLICIT_TLS_PORT) {
    const message = `port ${port} speaks TLS from the start; use port 587, or smtp_use_tls`;
    return { path: 'smtp_use_starttls', message };
  }
  if (security === 'tls' && CLEAR_PORTS.includes(port)) {
    const message = `port ${port} does not speak TLS from the start; set smtp_use_starttls`;
    return { path: 'smtp_use_tls', message };
  }
  return null;
}

function checkSecrets(secrets: Secrets, config: JsonObject | null): SecretsCheck {
  const password = readPassword(secrets);
  const isClear = config !== null && readSecurity(config) === 'none';
  if (password === null) {
    const how = isClear ? 'unencrypted, and without signing in' : 'without signing in';
    const message = `unset: mails are sent ${how} to the server`;
    return { errors: [], warnings: [{ path: PASSWORD, message }] };
  }
  const fault = findPasswordFault(password) ?? (isClear ? NEVER_IN_THE_CLEAR : null);
  return { errors: fault === null ? [] : [{ path: PASSWORD, message: fault }], warnings: [] };
}

const NEVER_IN_THE_CLEAR =
  'is not sent unencrypted; turn smtp_use_tls or smtp_use_starttls on, or remove it';

function findPasswordFault(password: string): string | null {
  if (password === '') return 'must not be empty';
  // Zero bytes divide the parts of a sign-in.
  return /\p{Cc}/u.test(password) ? 'must not hold control characters' : null;
}

async function sendEmail(ports: ChannelPorts, request: SendRequest): Promise<SendOutcome> {
  const { notification, secrets, now } = request;
  const reading = parseConfig(request.config);
  if (!reading.ok) return misconfigured(reading.errors[0]);
  const { config } = reading;
  const password = readPassword(secrets);
  const fault = password === null ? null : findPasswordFault(password);
  if (fault !== null) return misconfigured({ path: PASSWORD, message: fault });
  if (password !== null && readSecurity(config) === 'none') {
    const message = 'a password is not sent unencrypted; set it, or smtp_use_starttls';
    return misconfigured({ path: 'smtp_use_tls', message });
  }
  const message = renderMessage(notification, config);
  // One person's address says nothing about the channel: it must not open the breaker for all.
  if (findMailAddressFault(message.toAddress) !== null) {
    return { kind: 'rejected', reason: 'url_invalid', httpStatus: null };
  }
  const server = readServer(config, password);
  const outcome = await ports.smtp.send({ server, message, timeoutMs: LIMITS.mailTimeoutMs });
  return classifyMailOutcome(outcome, {
    target: readMailDomain(message.toAddress),
    messageId: message.messageId,
    now,
  });
}

function misconfigured(error: ErrorDetail | undefined): SendOutcome {
  const hint = error?.message ?? 'the config cannot be read';
  return { kind: 'misconfigured', field: error?.path ?? '', hint };
}

function renderMessage(notification: ChannelNotification, config: JsonObject): MailMessage {
  const { subject, text, html } = renderMailText(notification);
  const fromAddress = readText(config, 'from_email') ?? '';
  const domain = readMailDomain(fromAddress);
  const thread = `<alert-${renderThread(notification)}@${domain}>`;
  return {
    fromAddress,
    fromName: readText(config, 'from_name'),
    toAddress: notification.address ?? emailChannel.listAddresses(config)[0] ?? '',
    // Sent through a certified mailbox, its receipts name it: by this they are known as ours.
    messageId: `${OWN_MAIL_PREFIX}${renderIdPart(notification.notificationId)}@${domain}`,
    sentAt: notification.createdAt,
    subject: cleanLine(subject, LIMITS.mailSubjectCharsMax),
    text,
    html,
    headers: {
      'In-Reply-To': thread,
      References: thread,
      'Auto-Submitted': 'auto-generated',
      'X-Auto-Response-Suppress': 'All',
      'List-ID': `Tocsin <tocsin.${domain}>`,
      ...(isUrgent(notification) ? { 'X-Priority': '1', Importance: 'high' } : {}),
      'X-Tocsin-Notification': renderIdPart(notification.notificationId),
    },
  };
}

/** Senders name alerts themselves, so that only with its project a name is one alert's alone. */
function renderThread({ subjectId, payload }: ChannelNotification): string {
  const alert = payload['alert'];
  const project = isJsonObject(alert) ? alert['project_id'] : null;
  return renderIdPart(typeof project === 'string' ? `${project}/${subjectId}` : subjectId);
}

/** As it is where it may stand in a Message-ID; else a short hash, so that no two become one. */
function renderIdPart(id: string): string {
  const isSafe = /^[A-Za-z0-9_-]{1,64}$/.test(id);
  return isSafe ? id : sha256Hex(id).slice(0, 32);
}

/** That an alert is over is not urgent, however high it was. */
const URGENT_EVENTS: readonly string[] = ['alert.created', 'alert.escalated', 'alert.expired'];
const URGENT_WORDS: readonly unknown[] = ['high', 'critical', 'emergency'];

/** By the priority of the round; a reminder is often more urgent than its alert was. */
function isUrgent({ eventType, payload }: ChannelNotification): boolean {
  const alert = payload['alert'];
  if (!isJsonObject(alert) || !URGENT_EVENTS.includes(eventType)) return false;
  return URGENT_WORDS.includes(payload['priority'] ?? alert['priority'] ?? alert['severity']);
}

function readServer(config: JsonObject, password: string | null): SmtpServer {
  const user = readText(config, 'smtp_user') ?? readText(config, 'from_email');
  return {
    host: readText(config, 'smtp_host') ?? '',
    port: readPort(config),
    security: readSecurity(config),
    user: password === null ? null : user,
    password,
  };
}

/** With both on, old settings keep working: TLS from the start on its port, else STARTTLS. */
function readSecurity(config: JsonObject): SmtpServer['security'] {
  const isTls = config['smtp_use_tls'] !== false;
  const isStartTls = config['smtp_use_starttls'] === true;
  if (isTls && isStartTls) return readPort(config) === IMPLICIT_TLS_PORT ? 'tls' : 'starttls';
  if (isStartTls) return 'starttls';
  return isTls ? 'tls' : 'none';
}

function readPort(config: JsonObject): number {
  const port = config['smtp_port'];
  return typeof port === 'number' ? port : IMPLICIT_TLS_PORT;
}

function readText(config: JsonObject, name: string): string | null {
  const text = config[name];
  return typeof text === 'string' ? text : null;
}

function readPassword(secrets: Secrets): string | null {
  return Object.hasOwn(secrets, PASSWORD) ? (secrets[PASSWORD] ?? null) : null;
}
