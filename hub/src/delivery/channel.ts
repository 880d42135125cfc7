/**
 * What a kind of channel must offer. A channel is one file that touches the world only through the
 * ports it is given; test/conformance/channel.test.ts holds every listed one to this contract.
 */
import type { ErrorDetail } from '#kernel/error-codes.ts';
import type { Instant } from '#kernel/instant.ts';
import type { JsonObject, JsonValue } from '#kernel/syntax/json.ts';
import type { Http, HttpOutcome } from '#kernel/ports.ts';
import type { ConfigReading } from './settings/config-field.ts';
import type { SendOutcome } from './outcome.ts';

export type ChannelNotification = {
  readonly notificationId: string;
  readonly eventType: string;
  readonly payload: JsonObject;
  readonly createdAt: Instant;
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

export type AnswerContext = { readonly config: JsonObject; readonly now: Instant };

export type Channel = {
  readonly type: string;
  readonly label: string;
  /** JSON Schema of the config, for forms and docs. */
  readonly configSchema: JsonObject;
  readonly secretFields: readonly SecretField[];
  readonly capabilities: ChannelCapabilities;
  readonly parseConfig: (value: JsonValue | undefined) => ConfigReading;
  readonly checkSecrets: (secrets: Secrets) => SecretsCheck;
  /** The bytes of the message: the same for every attempt. Pure. */
  readonly render: (notification: ChannelNotification) => { readonly body: Uint8Array };
  readonly send: (http: Http, request: SendRequest) => Promise<SendOutcome>;
  readonly classify: (outcome: HttpOutcome, context: AnswerContext) => SendOutcome;
};
