/**
 * What is what in an event of a source whose mapping does not say: a mapping as anybody could have
 * written it, printed in docs/guides/cloudevents.md. Pure.
 *
 * Besides the attributes and `data`, pointers find here what `toItem` has worked out: `type_stem`
 * and `type_end` (of `door.forced.resolved` with a subject: `door.forced` and `resolved`),
 * `type_line`, `severity_word` and `label_set`. No attribute can have such a name.
 */
import type { JsonObject } from '#kernel/syntax/json.ts';

/** How the end of a type says that something is over. */
export const OVER_WORDS: readonly string[] = [
  'resolved',
  'recovered',
  'recovery',
  'cleared',
  'closed',
  'ended',
  'ok',
];

/** And that it begins; together with the above they are about one thing. */
export const BEGIN_WORDS: readonly string[] = [
  'firing',
  'fired',
  'triggered',
  'raised',
  'opened',
  'started',
  'alerting',
  'problem',
];

const inData = (...names: readonly string[]) => names.map((name) => `/data/${name}`);

export const DEFAULT_MAPPING: JsonObject = {
  title: [
    ...inData('title', 'summary', 'annotations/summary', 'message', 'text', 'name'),
    '/type_line',
  ],
  content: [...inData('description', 'details', 'annotations/description', 'message'), '/data'],
  severity: ['/severity_word', ...inData('severity', 'priority', 'level', 'labels/severity')],
  key: '{{ source }} {{ type_stem }} {{ subject }}',
  state: { from: '/type_end', resolved: [...OVER_WORDS] },
  event_id: '{{ source }} {{ id }}',
  time: '/time',
  device_id: ['/deviceid', ...inData('device_id', 'deviceId')],
  camera_id: ['/cameraid', ...inData('camera_id', 'cameraId')],
  area_id: ['/areaid', ...inData('area_id', 'areaId')],
  url: ['/dataref', ...inData('url', 'link')],
  image: inData('image_url', 'imageUrl', 'image'),
  provider: '/source',
  labels: '/label_set',
  annotations: '/data/annotations',
};
