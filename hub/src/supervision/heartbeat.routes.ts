/**
 * `POST /api/ai/device/heartbeat`: what boxes send. Answered when it is committed, in the shape
 * that they know (`{code, msg, data}`): code 0, or the HTTP status of the refusal. 503 when it
 * cannot be stored. Danger: whoever may report may register devices, as many as a project can
 * have (LIMITS.devicesPerProjectMax).
 * Emits: `onHeard`, for the source through which it came.
 */
import type { FastifyInstance } from 'fastify';
import { CodedError, ERROR_CODES } from '#kernel/error-codes.ts';
import { formatInstant } from '#kernel/instant.ts';
import { LIMITS } from '#kernel/limits.ts';
import type { Clock } from '#kernel/ports.ts';
import type { JsonValue } from '#kernel/syntax/json.ts';
import type { Principal } from '#kernel/principal.ts';
import { parseJsonBody, principalOf, type RenderError } from '#platform/http/http-server.ts';
import type { Database, Transaction } from '#platform/postgres/postgres.ts';
import type { Device } from './device.ts';
import { countDevices } from './device.store.ts';
import { applyHeartbeat } from '#supervision/heartbeat/hearing.ts';
import { type Heartbeat, readHeartbeat } from '#supervision/heartbeat/heartbeat.ts';
import type { SourceRef } from './pulse.ts';
import { lockBox, postHeard } from './store.ts';

export type HeartbeatChoice = {
  readonly source: SourceRef;
  /** Takes out what may not be stored, before anything else looks at it. */
  readonly redact: (body: JsonValue) => JsonValue;
  /** Of a device: as in its events, so that both are of the same one. */
  readonly redactId: (id: string) => string;
};

export type HeartbeatRouteDeps = {
  readonly database: Database;
  readonly clock: Clock;
  /** The source that a principal reports through; refuses a token of another kind. */
  readonly choose: (principal: Principal) => Promise<HeartbeatChoice>;
  readonly onHeard: (source: SourceRef) => void;
};

const renderError: RenderError = (error) => {
  const details = error.details.map(({ path, message }) => `${path} ${message}`.trim());
  const msg = [error.message, ...details].join(' ');
  return { code: ERROR_CODES[error.code].status, msg, data: null };
};

export function registerHeartbeatRoutes(server: FastifyInstance, deps: HeartbeatRouteDeps): void {
  const report = { config: { access: 'report', areLongNumbersText: true, renderError } } as const;
  server.post('/api/ai/device/heartbeat', report, async (request) => {
    const { source, redact, redactId } = await deps.choose(principalOf(request));
    const now = deps.clock.now();
    const reading = readHeartbeat(redact(parseJsonBody(request)), now);
    if (!reading.ok) throw new CodedError('invalid', { details: reading.details });
    const heartbeat = redactIds(reading.heartbeat, redactId);
    const devices = await deps.database.transaction((tx) =>
      storeHeartbeat(tx, heartbeat, { ...source, now }),
    );
    deps.onHeard(source);
    return {
      code: 0,
      msg: '',
      data: {
        device_id: heartbeat.deviceId,
        camera_count: devices.length - 1,
        clock_skew_ms: heartbeat.clockSkewMs,
        received_at: formatInstant(now),
      },
    };
  });
}

function redactIds(heartbeat: Heartbeat, redactId: HeartbeatChoice['redactId']): Heartbeat {
  const area = (id: string | null) => (id === null ? null : redactId(id));
  const cameras = heartbeat.cameras?.map((camera) => ({
    ...camera,
    cameraId: redactId(camera.cameraId),
    areaId: area(camera.areaId),
  }));
  return {
    ...heartbeat,
    deviceId: redactId(heartbeat.deviceId),
    areaId: area(heartbeat.areaId),
    cameras: cameras ?? null,
  };
}

type HeartbeatPlace = SourceRef & { readonly now: Device['createdAt'] };

async function storeHeartbeat(
  tx: Transaction,
  heartbeat: Heartbeat,
  place: HeartbeatPlace,
): Promise<readonly Device[]> {
  const { projectId, sourceId, now } = place;
  const known = await lockBox(tx, { projectId, deviceId: heartbeat.deviceId });
  const devices = applyHeartbeat(heartbeat, { projectId, sourceId, known, now });
  const freshCount = devices.length - known.length;
  if (freshCount > 0) {
    const total = freshCount + (await countDevices(tx, projectId));
    if (total > LIMITS.devicesPerProjectMax) throw new CodedError('invalid', { message: NO_ROOM });
  }
  postHeard(tx, devices);
  return devices;
}

const NO_ROOM = `A project has ${LIMITS.devicesPerProjectMax} devices at most: remove some first.`;
