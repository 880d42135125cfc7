/** What a seed's world has: projects with their channels, rules, people and policy. Plain data. */
import type { Random } from '#kernel/ports.ts';

export type ChannelPlan = {
  readonly name: string;
  readonly type: 'webhook' | 'email';
  /** Addresses in the channel's own config; a webhook has the one that it is. */
  readonly mailCount: number;
  readonly attemptsMax: number;
  readonly retry: 'standard' | 'urgent';
  readonly isActive: boolean;
  /** Index of an earlier channel that stands in for it. */
  readonly fallback: number | null;
};

export type RulePlan = {
  readonly eventTypes: readonly string[];
  /** Only alerts with this label `site`; null = all. */
  readonly site: string | null;
  readonly channel: number;
};

export type Language = 'en' | 'fr' | 'it' | 'zh-Hans' | 'zh-Hant';

export type ResponderPlan = {
  readonly language: Language;
  /** Kinds of channels that it has an address on. */
  readonly addresses: readonly ('webhook' | 'email')[];
  readonly isActive: boolean;
};

export type TargetPlan =
  | { readonly type: 'rules' }
  | { readonly type: 'channel'; readonly channel: number }
  | { readonly type: 'responder'; readonly responder: number };

export type StepPlan = {
  readonly delayS: number;
  readonly condition: 'not_acknowledged' | 'not_seen' | 'not_delivered';
  readonly priority: 'normal' | 'high' | 'critical' | 'emergency';
  readonly targets: readonly TargetPlan[];
};

export type PolicyPlan = {
  readonly steps: readonly StepPlan[];
  readonly repeatEveryS: number | null;
  readonly minIntervalS: number;
  readonly seenHoldS: number | null;
  readonly ifNotDeliveredS: number | null;
  readonly expireAfterS: number;
  readonly seenExpireAfterS: number;
  readonly ackTimeoutS: number;
  readonly ackTimeoutAction: 'resolve' | 'escalate';
};

export type ProjectPlan = {
  readonly projectId: string;
  readonly language: Language;
  readonly channels: readonly ChannelPlan[];
  readonly rules: readonly RulePlan[];
  readonly responders: readonly ResponderPlan[];
  /** Kinds of addresses of those who look after the project. */
  readonly administrators: readonly ('webhook' | 'email')[];
  readonly policy: PolicyPlan;
  readonly archiveAfterS: number;
  readonly retentionDays: number | null;
};

export type World = {
  readonly nodes: number;
  readonly projects: readonly ProjectPlan[];
  /** How often the network is in a bad mood, from 0 to 1. */
  readonly trouble: number;
};

export const SITES = ['north', 'south'] as const;
export const LANGUAGES = ['en', 'fr', 'it', 'zh-Hans', 'zh-Hant'] as const;

export type Draw = ReturnType<typeof createDraw>;

export function createDraw({ random }: Random) {
  const between = (min: number, max: number) => min + Math.floor(random() * (max - min + 1));
  const chance = (share: number) => random() < share;
  const oneOf = <const T>(items: readonly [T, ...T[]]): T =>
    items[Math.floor(random() * items.length)] ?? items[0];
  return { random, between, chance, oneOf };
}

export function drawWorld(draw: Draw): World {
  const names = draw.chance(0.4) ? ['default', 'other'] : ['default'];
  return {
    nodes: draw.between(2, 3),
    projects: names.map((projectId) => drawProject(draw, projectId)),
    trouble: draw.oneOf([0.1, 0.3, 0.6]),
  };
}

function drawProject(draw: Draw, projectId: string): ProjectPlan {
  const channels = Array.from({ length: draw.between(1, 3) }, (_, index) =>
    drawChannel(draw, `${projectId}-${index}`, index),
  );
  // Some projects have nobody to call and nothing to call them by.
  const ruleCount = draw.chance(0.15) ? 0 : draw.between(1, 3);
  const rules = Array.from({ length: ruleCount }, (_, index) => ({
    // The first rule calls somebody for everything: most worlds should have something to tell.
    eventTypes: index === 0 ? ['alert.created', 'alert.escalated'] : drawEventTypes(draw),
    site: index === 0 && draw.chance(0.7) ? null : draw.oneOf([null, ...SITES]),
    channel: draw.between(0, channels.length - 1),
  }));
  const responders = Array.from({ length: draw.between(0, 3) }, () => drawResponder(draw));
  return {
    projectId,
    language: draw.oneOf(LANGUAGES),
    channels,
    rules,
    responders,
    administrators: Array.from({ length: draw.between(0, 2) }, () => drawKind(draw)),
    policy: drawPolicy(draw, { channels: channels.length, responders: responders.length }),
    archiveAfterS: draw.oneOf([0, 60, 3_600]),
    retentionDays: draw.oneOf([null, 1, 1]),
  };
}

function drawKind(draw: Draw): 'webhook' | 'email' {
  return draw.oneOf(['webhook', 'email']);
}

function drawChannel(draw: Draw, name: string, index: number): ChannelPlan {
  return {
    name,
    type: index === 0 ? 'webhook' : drawKind(draw),
    mailCount: draw.between(1, 2),
    attemptsMax: draw.oneOf([1, 1, 2, 3]),
    retry: draw.oneOf(['standard', 'urgent']),
    isActive: draw.chance(0.9),
    fallback: index > 0 && draw.chance(0.5) ? draw.between(0, index - 1) : null,
  };
}

function drawResponder(draw: Draw): ResponderPlan {
  return {
    language: draw.oneOf(LANGUAGES),
    addresses: draw.oneOf<readonly ('webhook' | 'email')[]>([
      [],
      ['webhook'],
      ['email'],
      ['webhook', 'email'],
    ]),
    isActive: draw.chance(0.8),
  };
}

export function drawEventTypes(draw: Draw): readonly string[] {
  return draw.oneOf<readonly string[]>([
    ['alert.created'],
    ['alert.created', 'alert.escalated', 'alert.expired'],
    ['alert.seen', 'alert.acknowledged', 'alert.resolved'],
    ['event.received'],
    ['alert.expired'],
  ]);
}

type Named = { readonly channels: number; readonly responders: number };

function drawTargets(draw: Draw, named: Named): readonly TargetPlan[] {
  const channel = { type: 'channel', channel: draw.between(0, named.channels - 1) } as const;
  if (named.responders === 0) return draw.oneOf([[{ type: 'rules' }], [channel]]);
  const last = named.responders - 1;
  const responder = { type: 'responder', responder: draw.between(0, last) } as const;
  return draw.oneOf<readonly TargetPlan[]>([
    [{ type: 'rules' }],
    [{ type: 'rules' }],
    [channel],
    [responder],
    [{ type: 'rules' }, responder],
    [responder, channel],
  ]);
}

function drawPolicy(draw: Draw, named: Named): PolicyPlan {
  let delayS = 0;
  const steps = Array.from({ length: draw.between(1, 4) }, () => {
    delayS += draw.between(10, 240);
    return {
      delayS,
      condition: draw.oneOf(['not_acknowledged', 'not_acknowledged', 'not_seen', 'not_delivered']),
      priority: draw.oneOf(['normal', 'high', 'critical', 'emergency']),
      targets: drawTargets(draw, named),
    };
  });
  return {
    steps,
    repeatEveryS: draw.oneOf([null, 180, 400]),
    minIntervalS: draw.oneOf([0, 10, 60]),
    seenHoldS: draw.oneOf([null, null, 30, 300]),
    ifNotDeliveredS: draw.oneOf([null, 20, 60]),
    expireAfterS: draw.between(400, 2_400),
    seenExpireAfterS: draw.between(600, 3_600),
    ackTimeoutS: draw.between(600, 3_600),
    ackTimeoutAction: draw.oneOf(['resolve', 'escalate']),
  };
}
