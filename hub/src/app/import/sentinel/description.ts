/** What an alert of the fall-alert manager is about: title, place, picture, sound. Pure. */
import { LIMITS } from '#kernel/limits.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '#kernel/syntax/json.ts';
import { type FieldReader, readText } from '#app/import/field-reader.ts';
import type { ImportedAlert } from '#app/import/imported-alert.ts';
import { fitObject, makePlain } from '#app/import/plain-json.ts';
import { bound } from './events.ts';
import { readSeverity } from './words.ts';

export type Description = Pick<
  ImportedAlert,
  | 'title'
  | 'severity'
  | 'labels'
  | 'annotations'
  | 'deviceId'
  | 'cameraId'
  | 'areaId'
  | 'image'
  | 'audioRelayWs'
  | 'cameraIpMap'
  | 'analyse'
  | 'isTest'
> & {
  /** What has no field here and belongs to the record all the same. */
  readonly notes: readonly string[];
};

type Warn = (sentence: string) => void;

/** Written where the camera was not configured; it is no camera. */
const NO_CAMERA = 'cam_default';

export function readDescription(alertId: string, fields: FieldReader, warn: Warn): Description {
  const notes: string[] = [];
  const identifier = (...names: readonly string[]) =>
    readText(fields.take(...names), LIMITS.identifierCharsMax);
  const type = identifier('type', 'alert_type', 'type_alerte');
  const message = readText(
    fields.take('message', 'description', 'texte'),
    LIMITS.annotationCharsMax,
  );
  const title = readText(fields.take('title', 'titre'), LIMITS.titleCharsMax);
  const camera = identifier('camera_id', 'camera');
  if (camera === NO_CAMERA) {
    warn(`its camera "${NO_CAMERA}" stands for none that was configured`);
    notes.push(`camera_id was ${NO_CAMERA}`);
  }
  // Read before the rest is taken, so that nothing is kept twice.
  const described = {
    title: title ?? message?.slice(0, LIMITS.titleCharsMax) ?? type ?? `Alert ${alertId}`,
    severity: readSeverity(identifier('severity', 'severite', 'gravite', 'priority', 'priorite')),
    labels: type === null ? {} : { type },
    annotations: message === null ? {} : { message },
    deviceId: identifier('device_id', 'device', 'appareil_id', 'appareil'),
    cameraId: camera === NO_CAMERA ? null : camera,
    areaId: identifier('area_id', 'area', 'zone_id', 'zone'),
    image: readText(
      fields.take('image_path', 'image', 'image_url', 'photo', 'snapshot'),
      LIMITS.urlCharsMax,
    ),
    audioRelayWs: readRelay(fields, notes, warn),
    cameraIpMap: readCameraMap(fields, warn),
    isTest: isTrue(fields.take('is_test', 'test')),
  };
  return { ...described, analyse: readAnalyse(alertId, fields, warn), notes };
}

function isTrue(value: JsonValue): boolean {
  return (
    value === true || value === 1 || (typeof value === 'string' && /^(true|oui|1)$/i.test(value))
  );
}

/** Sound of the place where it happened does not travel in clear. */
function readRelay(fields: FieldReader, notes: string[], warn: Warn): string | null {
  const url = readText(
    fields.take('audio_relay_ws', 'audio_ws', 'audio_relay'),
    LIMITS.urlCharsMax,
  );
  if (url === null) return null;
  if (/^wss:\/\/[^/?#\s]/i.test(url)) return url;
  warn('its audio relay is not encrypted (wss://) and cannot be used; its address is in a note');
  notes.push(bound(`audio_relay_ws was ${url}, which is not encrypted`));
  return null;
}

/** An object, or one written as text. */
function readCameraMap(fields: FieldReader, warn: Warn): JsonValue {
  const given = fields.take('camera_ip_map', 'cameras');
  const map = typeof given === 'string' ? (parseObject(given) ?? given) : given;
  if (map === null) return null;
  if (typeof map !== 'string' && !isJsonObject(map)) {
    warn('its camera_ip_map is no object; left out');
    return null;
  }
  if (typeof map === 'string') warn('its camera_ip_map cannot be read; kept as text');
  if (JSON.stringify(map).length <= LIMITS.payloadCharsMax) return map;
  warn('its camera_ip_map is too large; left out');
  return null;
}

/** The detector's own words, and every field that nobody asked for. */
function readAnalyse(alertId: string, fields: FieldReader, warn: Warn): JsonObject {
  const given = fields.take('analyse', 'analysis', 'analyse_ia');
  const parsed = typeof given === 'string' ? (parseObject(given) ?? given) : given;
  const text: JsonObject = parsed === null ? {} : { text: parsed };
  const own: JsonObject = isJsonObject(parsed) ? parsed : text;
  const unknown = Object.entries(fields.rest()).filter(([, value]) => value !== alertId);
  const analyse = fitObject(own, LIMITS.payloadCharsMax);
  const left = LIMITS.payloadCharsMax - JSON.stringify(analyse.value).length - REST_FRAME_CHARS;
  const rest = fitObject(Object.fromEntries(unknown), left);
  for (const cut of [...analyse.cuts, ...rest.cuts]) warn(cut);
  if (Object.keys(rest.value).length === 0) return analyse.value;
  return { ...analyse.value, sentinel: rest.value };
}

/** `,"sentinel":{}` */
const REST_FRAME_CHARS = 16;

function parseObject(text: string): JsonObject | null {
  try {
    const plain = makePlain(JSON.parse(text) as JsonValue);
    return plain !== null && isJsonObject(plain.value) ? plain.value : null;
  } catch {
    return null;
  }
}
