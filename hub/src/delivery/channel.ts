/**
 * What a kind of channel must offer. A channel is one file that touches the world only through the
 * ports it is given; test/conformance/channel.test.ts holds every listed one to this contract.
 */
import type { ErrorDetail } from '#kernel/error-codes.ts';
import type { Instant } from '#kernel/instant.ts';
import type { JsonObject, JsonValue } from '#kernel/syntax/json.ts';
import type { Http, Smtp } from '#kernel/ports.ts';
import type { Language } from '#kernel/words/language.ts';
import type { ConfigReading } from './settings/config-field.ts';
import type { SendOutcome } from './outcome.ts';

/** What a person can press; each is a signed link that shows a page and acts on POST. */
export type ActionLinks = {
  /** The page with all actions. */
  readonly page: string;
  readonly seen: string;
  readonly calling: string;
  readonly cannot: string;
  readonly resolve: string;
};

export type ChannelNotification = {
  readonly notificationId: string;
  readonly eventType: string;
  readonly payload: JsonObject;
  readonly createdAt: Instant;
  /** The alert or event it is about. */
  readonly subjectId: string;
  /** Whom on the channel; null = the one that the channel's own config names. */
  readonly address: string | null;
  /** The name of whoever gets it. */
  readonly recipient: string;
  readonly language: Language;
  /** Null where nothing is asked of anybody. */
  readonly actions: ActionLinks | null;
  /** Where a device posts that it got the message, or that it was opened. */
  readonly receiptUrl: string | null;
};

export type Secrets = Readonly<Record<string, string>>;

export type SecretField = {
  readonly name: string;
  readonly label: string;
  readonly isRequired: boolean;
};

export type ChannelCapabilities = {
  /** A second copy after an ambiguous attempt can be told from the first by the receiver. */
  readonly hasDuplicateHandle: boolean;
  /** The provider tells later that a person's device got it or that it was read. */
  readonly hasReceipts: boolean;
  /** Buttons in the message can answer the alert. */
  readonly hasActions: boolean;
};

/** Errors forbid saving; warnings are shown with the channel (`unsigned`, ...). */
export type SecretsCheck = {
  readonly errors: readonly ErrorDetail[];
  readonly warnings: readonly ErrorDetail[];
};

export type SendRequest = {
  readonly notification: ChannelNotification;
  readonly config: JsonObject;
  readonly secrets: Secrets;
  /** Tocsin's own version, for the user agent. */
  readonly version: string;
  readonly now: Instant;
};

/** The ways out into the world. */
export type ChannelPorts = { readonly http: Http; readonly smtp: Smtp };

export type Channel = {
  readonly type: string;
  readonly label: string;
  /** For people: one line that says where its messages go. */
  readonly summary: string;
  /** JSON Schema of the config, for forms and docs. */
  readonly configSchema: JsonObject;
  readonly secretFields: readonly SecretField[];
  readonly capabilities: ChannelCapabilities;
  readonly parseConfig: (value: JsonValue | undefined) => ConfigReading;
  /** `config` is null where it could not be read. */
  readonly checkSecrets: (secrets: Secrets, config: JsonObject | null) => SecretsCheck;
  /** What its messages go through, so that it can be looked at before one is needed. */
  readonly listEndpoints: (config: JsonObject) => readonly Endpoint[];
  /** Addresses that the config itself names, one message each; empty = one that has no address. */
  readonly listAddresses: (config: JsonObject) => readonly string[];
  /** What is wrong with an address of this kind; null = nothing. */
  readonly findAddressFault: (address: string) => string | null;
  /** The bytes of the message: the same for every attempt. Pure. */
  readonly render: (notification: ChannelNotification, config: JsonObject) => Rendered;
  readonly send: (ports: ChannelPorts, request: SendRequest) => Promise<SendOutcome>;
};

export type Endpoint = { readonly host: string; readonly port: number };

export type Rendered = { readonly body: Uint8Array };
