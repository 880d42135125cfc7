/**
 * Effects and commands: how stages reach one another without calling. A decision returns effects;
 * `app/dispatch.ts` alone routes them, inside the transaction that saves the state.
 */
import type { JsonObject, JsonValue } from './syntax/json.ts';
import type { Instant } from './instant.ts';
import type { AlertStatus, EventType, Intent, Outcome, TimelineKind } from './words/lifecycle.ts';
import type { AckTimeoutAction, StepTarget } from './calling/policy.ts';
import type { Principal } from './principal.ts';
import type { Priority, Severity } from './words/severity.ts';

/** What one report of a source says about a problem. */
export type Occurrence = {
  readonly title: string;
  readonly severity: Severity;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly fingerprint: string | null;
  readonly deviceId: string | null;
  readonly cameraId: string | null;
  readonly areaId: string | null;
  readonly image: string | null;
  readonly audioRelayWs: string | null;
  readonly cameraIpMap: JsonValue;
  readonly analyse: JsonObject;
  readonly sourceUrl: string | null;
  readonly isTest: boolean;
  /** When the problem began, by the sender; null = it did not say. */
  readonly startsAt: Instant | null;
  /** When it counts as over unless reported again; null = never by itself. */
  readonly endsAt: Instant | null;
};

export type AlertCommand =
  | { readonly kind: 'await'; readonly by: Principal; readonly detail: string | null }
  | { readonly kind: 'deliver'; readonly by: Principal; readonly detail: string | null }
  | { readonly kind: 'see'; readonly by: Principal; readonly detail: string | null }
  | {
      readonly kind: 'acknowledge';
      readonly by: Principal;
      readonly detail: string | null;
      readonly intent: Intent;
    }
  | {
      readonly kind: 'resolve';
      readonly by: Principal;
      readonly detail: string | null;
      readonly outcome: Outcome;
    }
  | { readonly kind: 'expire'; readonly by: Principal; readonly detail: string | null }
  /** A new occurrence of the same problem. */
  | { readonly kind: 'join'; readonly by: Principal; readonly occurrence: Occurrence }
  /** The same episode reported again. */
  | { readonly kind: 'repost'; readonly by: Principal; readonly occurrence: Occurrence }
  /** The source says it is over, or stopped saying that it is not. */
  | { readonly kind: 'end'; readonly by: Principal; readonly detail: string | null }
  | {
      readonly kind: 'time_out';
      readonly by: Principal;
      readonly detail: string | null;
      readonly action: AckTimeoutAction;
    }
  | { readonly kind: 'note'; readonly by: Principal; readonly detail: string }
  /** Who looks after it; null = nobody any more. */
  | {
      readonly kind: 'assign';
      readonly by: Principal;
      readonly detail: string | null;
      readonly to: string | null;
    }
  /** An expired alert has been dealt with, and leaves the board. */
  | { readonly kind: 'close'; readonly by: Principal; readonly detail: string }
  /** A person wants more people, now. */
  | {
      readonly kind: 'escalate';
      readonly by: Principal;
      readonly detail: string | null;
      readonly whom: Whom;
    }
  /** Somebody who was called cannot come. */
  | {
      readonly kind: 'decline';
      readonly by: Principal;
      readonly detail: string | null;
      /** Of the message that is answered: said twice, it calls the next one once. */
      readonly key: string;
    }
  /** People were called by other means than ours. */
  | {
      readonly kind: 'record_round';
      readonly by: Principal;
      readonly detail: string | null;
      readonly called: CalledOutside;
    }
  /** No message of that round can arrive any more. */
  | {
      readonly kind: 'lose_round';
      readonly by: Principal;
      readonly round: number;
      /** Not the round itself, but the news that the alert has expired. */
      readonly isExpiry: boolean;
    };

/** The policy's next step, or the first responder who has not been called yet. */
export type Whom = 'step' | 'responder';

export type CalledOutside = {
  readonly label: string | null;
  readonly priority: Priority | null;
  /** Whom, and by what: for the timeline. */
  readonly recipient: string | null;
};

/** One calling-out, or one telling, that delivery turns into messages. */
export type Call = {
  /** A call asks someone to act and is cancelled by an answer; a notice only tells. */
  readonly purpose: 'call' | 'notice';
  readonly eventType: EventType;
  /** Rules of any of these types are asked; each gets one message. */
  readonly ruleEventTypes: readonly EventType[];
  /** Unique per alert: `created`, `escalated:{level}:{round}`, `acknowledged`, ... */
  readonly transition: string;
  readonly round: number;
  readonly level: number;
  readonly label: string | null;
  readonly priority: Priority;
  readonly targets: readonly CallTarget[];
  /** Not by the ways it names, but by those that stand in for them. */
  readonly isFallback: boolean;
};

export type CallTarget = StepTarget | { readonly type: 'administrators' };

export type TimelineEntry = {
  readonly at: Instant;
  readonly kind: TimelineKind;
  readonly detail: string;
  readonly by: Principal;
};

export type Effect =
  | { readonly kind: 'alert_raised' }
  | { readonly kind: 'alert_moved'; readonly from: AlertStatus; readonly to: AlertStatus }
  /** Someone had seen or taken it, and it needs a person again: one more round, now. */
  | { readonly kind: 'call_again'; readonly label: string }
  /** A person asked for more people, or said that they cannot come themselves. */
  | { readonly kind: 'escalate_now'; readonly whom: Whom; readonly declineKey: string | null }
  | {
      readonly kind: 'round_recorded';
      readonly by: Principal;
      readonly detail: string | null;
      readonly called: CalledOutside;
    }
  | { readonly kind: 'round_lost'; readonly round: number; readonly isExpiry: boolean }
  /** The moment at which the source's report runs out has moved. */
  | { readonly kind: 'alert_refreshed' }
  | { readonly kind: 'call'; readonly call: Call }
  | { readonly kind: 'cancel_calls' }
  | { readonly kind: 'alert_command'; readonly command: AlertCommand }
  | { readonly kind: 'timeline'; readonly entry: TimelineEntry };
