/**
 * What a seed draws: a world, and the steps that are taken in it. Steps are plain data that name
 * their subjects by a fraction, so that any of them can be left out when a failure is shrunk.
 */
import type { Random } from '#kernel/ports.ts';
import { createSeededRandom } from '#test/support/ids.ts';
import { COMMIT_FAULTS, FAULT_POINTS, type FaultPoint } from './ports.ts';

export type LabelPost = {
  readonly problem: number;
  /** A new episode, the current one once more, or its end. */
  readonly how: 'fire' | 'repost' | 'resolve';
};

export type Act =
  | { readonly kind: 'labels'; readonly project: number; readonly posts: readonly LabelPost[] }
  | {
      readonly kind: 'event';
      readonly project: number;
      readonly identity: 'own' | 'key' | 'single';
      readonly problem: number;
      readonly stage: 'received' | 'updated' | 'resolved';
      /** The sender repeats its last request of this kind, id and all. */
      readonly isRepeat: boolean;
    }
  | { readonly kind: 'raise'; readonly project: number; readonly problem: number }
  | { readonly kind: 'answer'; readonly status: AnswerStatus }
  | { readonly kind: 'wait'; readonly ms: number; readonly isPaused: boolean }
  | { readonly kind: 'beat'; readonly beats: readonly Beat[] }
  | { readonly kind: 'network'; readonly count: number }
  /** A node with messages under way stands still until the others have taken them over. */
  | { readonly kind: 'stall'; readonly ms: number }
  | { readonly kind: 'crash' }
  | { readonly kind: 'restart' }
  | { readonly kind: 'outage' }
  | { readonly kind: 'mend' };

export type Beat = 'renew' | 'escalation' | 'delivery' | 'lost' | 'config';

export const ANSWER_STATUSES = [
  'PENDING',
  'DELIVERED',
  'SEEN',
  'ACKNOWLEDGED',
  'RESOLVED',
  'EXPIRED',
] as const;
type AnswerStatus = (typeof ANSWER_STATUSES)[number];

export type Step = {
  readonly act: Act;
  /** Which node; taken modulo those there are. */
  readonly node: number;
  /** Chooses among alerts, flights or retries: uniform in [0, 1). */
  readonly pick: number;
  readonly fault: FaultPoint | null;
};

export type ChannelPlan = {
  readonly name: string;
  readonly attemptsMax: number;
  readonly retry: 'standard' | 'urgent';
};

export type RulePlan = {
  readonly eventTypes: readonly string[];
  /** Only alerts with this label `site`; null = all. */
  readonly site: string | null;
  readonly channel: number;
};

export type StepPlan = {
  readonly delayS: number;
  readonly condition: 'not_acknowledged' | 'not_seen' | 'not_delivered';
  readonly priority: 'normal' | 'high' | 'critical' | 'emergency';
  /** Calls this channel by itself, else whom the rules name. */
  readonly channel: number | null;
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
  readonly channels: readonly ChannelPlan[];
  readonly rules: readonly RulePlan[];
  readonly policy: PolicyPlan;
};

export type World = {
  readonly nodes: number;
  readonly projects: readonly ProjectPlan[];
  /** How often the network is in a bad mood, from 0 to 1. */
  readonly trouble: number;
};

export type Plan = {
  readonly seed: number;
  readonly world: World;
  readonly steps: readonly Step[];
};

export const PROBLEMS = 4;
export const SITES = ['north', 'south'] as const;

export type StepBounds = { readonly min: number; readonly max: number };

export function drawPlan(seed: number, bounds: StepBounds): Plan {
  const draw = createDraw(createSeededRandom(seed));
  const world = drawWorld(draw);
  const count = draw.between(bounds.min, bounds.max);
  const steps = Array.from({ length: count }, () => drawStep(draw, world));
  return { seed, world, steps };
}

type Draw = ReturnType<typeof createDraw>;

function createDraw({ random }: Random) {
  const between = (min: number, max: number) => min + Math.floor(random() * (max - min + 1));
  const chance = (share: number) => random() < share;
  const oneOf = <const T>(items: readonly [T, ...T[]]): T =>
    items[Math.floor(random() * items.length)] ?? items[0];
  return { random, between, chance, oneOf };
}

function drawWorld(draw: Draw): World {
  const names = draw.chance(0.4) ? ['default', 'other'] : ['default'];
  return {
    nodes: draw.between(2, 3),
    projects: names.map((projectId) => drawProject(draw, projectId)),
    trouble: draw.oneOf([0.1, 0.3, 0.6]),
  };
}

function drawProject(draw: Draw, projectId: string): ProjectPlan {
  const channels = Array.from({ length: draw.between(1, 2) }, (_, index) => ({
    name: `${projectId}-${index}`,
    attemptsMax: draw.oneOf([1, 1, 2, 3]),
    retry: draw.oneOf(['standard', 'urgent']),
  }));
  const rules = Array.from({ length: draw.between(1, 3) }, (_, index) => ({
    // The first rule calls somebody for everything: most worlds should have something to tell.
    eventTypes: index === 0 ? ['alert.created', 'alert.escalated'] : drawEventTypes(draw),
    site: index === 0 && draw.chance(0.7) ? null : draw.oneOf([null, ...SITES]),
    channel: draw.between(0, channels.length - 1),
  }));
  return { projectId, channels, rules, policy: drawPolicy(draw, channels.length) };
}

function drawEventTypes(draw: Draw): readonly string[] {
  return draw.oneOf<readonly string[]>([
    ['alert.created'],
    ['alert.created', 'alert.escalated', 'alert.expired'],
    ['alert.seen', 'alert.acknowledged', 'alert.resolved'],
    ['event.received'],
    ['alert.expired'],
  ]);
}

function drawPolicy(draw: Draw, channels: number): PolicyPlan {
  let delayS = 0;
  const steps = Array.from({ length: draw.between(1, 4) }, () => {
    delayS += draw.between(10, 240);
    return {
      delayS,
      condition: draw.oneOf(['not_acknowledged', 'not_acknowledged', 'not_seen', 'not_delivered']),
      priority: draw.oneOf(['normal', 'high', 'critical', 'emergency']),
      channel: draw.chance(0.2) ? draw.between(0, channels - 1) : null,
    };
  });
  return {
    steps,
    repeatEveryS: draw.oneOf([null, 180, 400]),
    minIntervalS: draw.oneOf([0, 10, 60]),
    seenHoldS: draw.oneOf([null, null, 30, 300]),
    ifNotDeliveredS: draw.oneOf([null, null, 20]),
    expireAfterS: draw.between(400, 2_400),
    seenExpireAfterS: draw.between(600, 3_600),
    ackTimeoutS: draw.between(600, 3_600),
    ackTimeoutAction: draw.oneOf(['resolve', 'escalate']),
  };
}

/** How many of a hundred steps are of each kind. */
const WEIGHTS: readonly (readonly [weight: number, kind: Act['kind']])[] = [
  [17, 'labels'],
  [13, 'event'],
  [4, 'raise'],
  [15, 'answer'],
  [17, 'wait'],
  [19, 'beat'],
  [7, 'network'],
  [3, 'stall'],
  [3, 'crash'],
  [3, 'restart'],
  [1, 'outage'],
  [1, 'mend'],
];
const WEIGHT_TOTAL = WEIGHTS.reduce((sum, [weight]) => sum + weight, 0);

function drawKind(draw: Draw): Act['kind'] {
  let left = draw.random() * WEIGHT_TOTAL;
  for (const [weight, kind] of WEIGHTS) {
    left -= weight;
    if (left < 0) return kind;
  }
  return 'beat';
}

const FAULT_SHARE = 0.2;

/** Only faults that such a step can meet. */
function drawFault(draw: Draw, act: Act): FaultPoint | null {
  if (!draw.chance(FAULT_SHARE)) return null;
  if (act.kind === 'beat' || act.kind === 'network') return draw.oneOf(FAULT_POINTS);
  return ['labels', 'event', 'raise', 'answer'].includes(act.kind)
    ? draw.oneOf(COMMIT_FAULTS)
    : null;
}

function drawStep(draw: Draw, world: World): Step {
  const act = drawAct(draw, world, drawKind(draw));
  return {
    act,
    node: draw.between(0, world.nodes - 1),
    pick: draw.random(),
    fault: drawFault(draw, act),
  };
}

function drawAct(draw: Draw, world: World, kind: Act['kind']): Act {
  const project = draw.between(0, world.projects.length - 1);
  const problem = draw.between(0, PROBLEMS - 1);
  switch (kind) {
    case 'labels':
      return { kind, project, posts: drawPosts(draw) };
    case 'event':
      return {
        kind,
        project,
        problem,
        identity: draw.oneOf(['own', 'key', 'single']),
        stage: draw.oneOf(['received', 'received', 'received', 'updated', 'resolved']),
        isRepeat: draw.chance(0.3),
      };
    case 'raise':
      return { kind, project, problem };
    case 'answer':
      return { kind, status: draw.oneOf([...ANSWER_STATUSES, 'SEEN', 'ACKNOWLEDGED']) };
    case 'wait':
      return { kind, ms: drawWaitMs(draw), isPaused: draw.chance(0.2) };
    case 'beat':
      return { kind, beats: drawBeats(draw) };
    case 'stall':
      return { kind, ms: draw.between(6, 400) * 1_000 };
    case 'network':
      return { kind, count: draw.between(1, 3) };
    default:
      return { kind };
  }
}

function drawPosts(draw: Draw): readonly LabelPost[] {
  return Array.from({ length: draw.between(1, 3) }, () => ({
    problem: draw.between(0, PROBLEMS - 1),
    how: draw.oneOf(['fire', 'fire', 'repost', 'repost', 'repost', 'resolve']),
  }));
}

function drawWaitMs(draw: Draw): number {
  const seconds = draw.oneOf([
    draw.between(1, 5),
    draw.between(5, 60),
    draw.between(5, 60),
    draw.between(60, 300),
    draw.between(300, 1_200),
    draw.between(1_200, 10_000),
  ]);
  return seconds * 1_000 + draw.between(0, 999);
}

function drawBeats(draw: Draw): readonly Beat[] {
  return draw.oneOf<readonly Beat[]>([
    ['renew', 'lost', 'escalation', 'delivery'],
    ['renew', 'lost', 'escalation', 'delivery'],
    ['escalation', 'delivery'],
    ['delivery'],
    ['delivery', 'escalation'],
    ['lost', 'delivery'],
    ['config', 'renew', 'lost', 'delivery'],
  ]);
}
