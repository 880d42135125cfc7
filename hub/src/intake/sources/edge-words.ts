/**
 * What edge-AI boxes call things: types of alarms, states, severities. Pure.
 * A word that is not here is never a reason to refuse: an unknown type is an alarm of the source's
 * default severity, an unknown state is an alarm too.
 */
import { parseSeverity, type Severity } from '#kernel/words/severity.ts';
import type { Stage } from '#intake/report.ts';

type AlarmType = {
  readonly severity: Severity;
  /** For people, as the beginning of a title. */
  readonly title: string;
  /** The label that boxes and work orders have for it. */
  readonly label: string;
};

/**
 * critical  a life may be at stake, now
 * high      somebody is where they must not be, or nobody is where somebody must be; and a camera
 *           that sees nothing, for a blind camera looks exactly like a quiet night
 * medium    worth a look; low: against the rules of the house
 */
const ALARM_TYPES: Readonly<Record<string, AlarmType>> = {
  fall: { severity: 'critical', title: 'Fall detected', label: '人员跌倒' },
  fire: { severity: 'critical', title: 'Fire detected', label: '明火' },
  smoke: { severity: 'critical', title: 'Smoke detected', label: '烟雾' },
  sos: { severity: 'critical', title: 'Call for help', label: '求助' },
  intrusion: { severity: 'high', title: 'Intrusion', label: '周界入侵' },
  fight: { severity: 'high', title: 'Fight', label: '打架斗殴' },
  leave_post: { severity: 'high', title: 'Post left', label: '人员离岗' },
  fire_lane: { severity: 'high', title: 'Fire lane blocked', label: '消防通道占用' },
  camera_tamper: { severity: 'high', title: 'Camera covered', label: '摄像头遮挡' },
  video_loss: { severity: 'high', title: 'Video lost', label: '视频丢失' },
  loitering: { severity: 'medium', title: 'Loitering', label: '徘徊' },
  crowd: { severity: 'medium', title: 'Crowd', label: '人员聚集' },
  no_helmet: { severity: 'medium', title: 'No helmet', label: '未戴安全帽' },
  abandoned_object: { severity: 'medium', title: 'Object left behind', label: '遗留物' },
  smoking: { severity: 'medium', title: 'Smoking', label: '吸烟' },
  phone: { severity: 'low', title: 'Phone in use', label: '使用手机' },
  illegal_parking: { severity: 'low', title: 'Illegal parking', label: '违停' },
  garbage: { severity: 'low', title: 'Garbage', label: '垃圾暴露' },
};

/** Some boxes send the label instead of the code, and `Fall-Detection` is a fall. */
export function findAlarmType(type: string): AlarmType | null {
  const byLabel = Object.values(ALARM_TYPES).find(({ label }) => label === type.trim());
  const code = normalize(type);
  const bare = code.replace(/_(?:detect(?:ed|ion)|alarm|alert|event)$/, '');
  for (const name of [code, bare]) {
    const known = Object.hasOwn(ALARM_TYPES, name) ? ALARM_TYPES[name] : undefined;
    if (known !== undefined) return known;
  }
  return byLabel ?? null;
}

/** Not "ok", "normal" or "done": boxes say so of the upload or of themselves as well. */
const STATES: ReadonlyMap<string, Stage> = new Map([
  ...listWords('new start started begin firing active alarm alert raised triggered on', 'received'),
  ...listWords('开始 发生 告警 报警', 'received'),
  ...listWords('update updated updating continue ongoing 更新 持续', 'updated'),
  ...listWords('end ended stop stopped off inactive closed cancelled restored', 'resolved'),
  ...listWords('resolve resolved recover recovered recovery clear cleared', 'resolved'),
  ...listWords('恢复 结束 解除 消除', 'resolved'),
]);

function listWords(words: string, stage: Stage): readonly (readonly [string, Stage])[] {
  return words.split(' ').map((word) => [word, stage]);
}

/** Null for a word that says nothing about the state. */
export function parseState(word: string): Stage | null {
  return STATES.get(word.trim().toLowerCase()) ?? null;
}

const SEVERITY_WORDS: ReadonlyMap<string, Severity> = new Map([
  ['urgent', 'critical'],
  ['紧急', 'critical'],
  ['严重', 'high'],
  ['重要', 'high'],
  ['高', 'high'],
  ['中', 'medium'],
  ['一般', 'medium'],
  ['低', 'low'],
  ['提示', 'info'],
]);

/** Numbers are left alone: some boxes count levels upwards, some downwards. */
export function parseEdgeSeverity(word: string | null, fallback: Severity): Severity {
  if (word === null) return fallback;
  return SEVERITY_WORDS.get(word.trim().toLowerCase()) ?? parseSeverity(word, fallback);
}

/** Boxes that send their sign of life where alarms go. */
export function isSignOfLife(type: string): boolean {
  return /^(?:heart_?beat|keep_?alive)$/.test(normalize(type));
}

function normalize(type: string): string {
  return type
    .trim()
    .toLowerCase()
    .replaceAll(/[\s.-]+/g, '_');
}
