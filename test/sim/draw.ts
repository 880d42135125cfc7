/**
 * What a seed draws: a world, and the steps that are taken in it. Steps are plain data that name
 * their subjects by a fraction, so that any of them can be left out when a failure is shrunk.
 */
import { createSeededRandom } from '#test/support/ids.ts';
import { createDraw, type Draw, drawWorld, type World } from './draw-world.ts';
import { COMMIT_FAULTS, FAULT_POINTS, type FaultPoint } from './ports.ts';

export type LabelPost = {
  readonly problem: number;
  /** A new episode, the current one once more, or its end. */
  readonly how: 'fire' | 'repost' | 'resolve';
};

export type Act =
  | { readonly kind: 'labels'; readonly project: number; readonly posts: readonly LabelPost[] }
  /** Requests at one moment, which share flushes. */
  | { readonly kind: 'burst'; readonly project: number; readonly posts: readonly LabelPost[] }
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
  /** What else a person does about an alert. */
  | { readonly kind: 'ask'; readonly what: AskedFor }
  | { readonly kind: 'bulk'; readonly status: AnswerStatus }
  /** Somebody presses a link in a message that arrived, perhaps twice. */
  | { readonly kind: 'press'; readonly action: LinkAction; readonly times: number }
  /** A link that was made for something else, or by somebody else. */
  | { readonly kind: 'forge'; readonly how: Forgery }
  | {
      readonly kind: 'receipt';
      readonly statuses: readonly ('delivered' | 'read')[];
    }
  /** Reads everything there is to read: pages of links, alerts, lists. */
  | { readonly kind: 'look' }
  | { readonly kind: 'change'; readonly project: number; readonly what: ConfigChange }
  | { readonly kind: 'wait'; readonly ms: number; readonly isPaused: boolean }
  | { readonly kind: 'beat'; readonly beats: readonly Beat[] }
  | { readonly kind: 'network'; readonly count: number }
  /** A node with messages under way stands still until the others have taken them over. */
  | { readonly kind: 'stall'; readonly ms: number }
  | { readonly kind: 'crash' }
  | { readonly kind: 'restart' }
  | { readonly kind: 'outage' }
  | { readonly kind: 'mend' };

export type Beat = 'renew' | 'escalation' | 'delivery' | 'lost' | 'config' | 'retention';

export const ASKED_FOR = [
  'escalate_step',
  'escalate_responder',
  'outside',
  'note',
  'assign',
  'unassign',
  'close',
] as const;
export type AskedFor = (typeof ASKED_FOR)[number];

export const LINK_ACTIONS = ['seen', 'calling', 'cannot', 'resolve'] as const;
export type LinkAction = (typeof LINK_ACTIONS)[number];

export const FORGERIES = ['receipt_as_page', 'page_as_receipt', 'other_purpose', 'noise'] as const;
export type Forgery = (typeof FORGERIES)[number];

export const CONFIG_CHANGES = [
  'toggle_channel',
  'toggle_rule',
  'delete_rule',
  'add_rule',
  'toggle_responder',
  'change_responder',
  'change_project',
] as const;
export type ConfigChange = (typeof CONFIG_CHANGES)[number];

export const ANSWER_STATUSES = [
  'PENDING',
  'DELIVERED',
  'SEEN',
  'ACKNOWLEDGED',
  'RESOLVED',
  'EXPIRED',
] as const;
export type AnswerStatus = (typeof ANSWER_STATUSES)[number];

export type Step = {
  readonly act: Act;
  /** Which node; taken modulo those there are. */
  readonly node: number;
  /** Chooses among alerts, flights or retries: uniform in [0, 1). */
  readonly pick: number;
  readonly fault: FaultPoint | null;
};

export type Plan = {
  readonly seed: number;
  readonly world: World;
  readonly steps: readonly Step[];
};

export const PROBLEMS = 4;

export type StepBounds = { readonly min: number; readonly max: number };

export function drawPlan(seed: number, bounds: StepBounds): Plan {
  const draw = createDraw(createSeededRandom(seed));
  const world = drawWorld(draw);
  const count = draw.between(bounds.min, bounds.max);
  const steps = Array.from({ length: count }, () => drawStep(draw, world));
  return { seed, world, steps };
}

/** How often a step is of each kind, against the others. */
const WEIGHTS: readonly (readonly [weight: number, kind: Act['kind']])[] = [
  [14, 'labels'],
  [3, 'burst'],
  [9, 'event'],
  [4, 'raise'],
  [9, 'answer'],
  [8, 'ask'],
  [2, 'bulk'],
  [9, 'press'],
  [2, 'forge'],
  [5, 'receipt'],
  [2, 'look'],
  [5, 'change'],
  [17, 'wait'],
  [20, 'beat'],
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
/** Their requests commit something, and may meet what can happen to a commit. */
const COMMITTING: readonly Act['kind'][] = [
  'labels',
  'burst',
  'event',
  'raise',
  'answer',
  'ask',
  'bulk',
  'press',
  'receipt',
];

/** Only faults that such a step can meet. */
function drawFault(draw: Draw, act: Act): FaultPoint | null {
  if (!draw.chance(FAULT_SHARE)) return null;
  if (act.kind === 'beat' || act.kind === 'network') return draw.oneOf(FAULT_POINTS);
  return COMMITTING.includes(act.kind) ? draw.oneOf(COMMIT_FAULTS) : null;
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
      return { kind, project, posts: drawPosts(draw, draw.between(1, 3)) };
    case 'burst':
      return { kind, project, posts: drawPosts(draw, 3) };
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
    case 'change':
      return { kind, project, what: draw.oneOf(CONFIG_CHANGES) };
    case 'wait':
      return { kind, ms: drawWaitMs(draw), isPaused: draw.chance(0.2) };
    case 'beat':
      return { kind, beats: drawBeats(draw) };
    case 'stall':
      return { kind, ms: draw.between(6, 400) * 1_000 };
    case 'network':
      return { kind, count: draw.between(1, 3) };
    default:
      return drawPersonAct(draw, kind);
  }
}

type SimpleKind = 'look' | 'crash' | 'restart' | 'outage' | 'mend';
type PersonKind = SimpleKind | 'answer' | 'ask' | 'bulk' | 'press' | 'forge' | 'receipt';

function drawPersonAct(draw: Draw, kind: PersonKind): Act {
  switch (kind) {
    case 'answer':
      return { kind, status: draw.oneOf([...ANSWER_STATUSES, 'SEEN', 'ACKNOWLEDGED']) };
    case 'bulk':
      return { kind, status: draw.oneOf(['SEEN', 'ACKNOWLEDGED', 'ACKNOWLEDGED', 'RESOLVED']) };
    case 'ask':
      return { kind, what: draw.oneOf([...ASKED_FOR, 'escalate_step', 'escalate_responder']) };
    case 'press':
      return {
        kind,
        action: draw.oneOf([...LINK_ACTIONS, 'cannot', 'cannot', 'calling']),
        times: draw.oneOf([1, 1, 2]),
      };
    case 'forge':
      return { kind, how: draw.oneOf(FORGERIES) };
    case 'receipt':
      return { kind, statuses: drawReceipts(draw) };
    default:
      return { kind };
  }
}

function drawReceipts(draw: Draw): readonly ('delivered' | 'read')[] {
  return draw.oneOf<readonly ('delivered' | 'read')[]>([
    ['delivered'],
    ['delivered'],
    ['read'],
    ['delivered', 'read'],
    ['read', 'delivered'],
    ['delivered', 'delivered'],
  ]);
}

function drawPosts(draw: Draw, count: number): readonly LabelPost[] {
  return Array.from({ length: count }, () => ({
    problem: draw.between(0, PROBLEMS - 1),
    how: draw.oneOf(['fire', 'fire', 'repost', 'repost', 'repost', 'resolve']),
  }));
}

const DAY_S = 86_400;
/** Of the waits: long enough for what is over to be forgotten, and for links to run out. */
const LONG_SHARE = 0.08;

function drawWaitMs(draw: Draw): number {
  const seconds = draw.oneOf([
    draw.between(1, 5),
    draw.between(5, 60),
    draw.between(5, 60),
    draw.between(60, 300),
    draw.between(300, 1_200),
    draw.between(1_200, 10_000),
  ]);
  const days = draw.chance(LONG_SHARE) ? draw.oneOf([1, 1, 2, 8]) : 0;
  return (days * DAY_S + seconds) * 1_000 + draw.between(0, 999);
}

function drawBeats(draw: Draw): readonly Beat[] {
  return draw.oneOf<readonly Beat[]>([
    ['renew', 'lost', 'escalation', 'delivery'],
    ['renew', 'lost', 'escalation', 'delivery'],
    ['escalation', 'delivery'],
    ['escalation', 'delivery'],
    ['delivery'],
    ['delivery', 'escalation'],
    ['lost', 'delivery'],
    ['config', 'renew', 'lost', 'delivery'],
    ['retention'],
    ['retention'],
  ]);
}
