/** `tocsin device list`: boxes and cameras, and when each was heard. */
import type { Instant } from '#kernel/instant.ts';
import type { JsonObject } from '#kernel/syntax/json.ts';
import { DEVICE_KINDS } from '#supervision/device.ts';
import { DEVICE_STATUSES } from '#supervision/silence.ts';
import { renderAge } from '#app/cli/kit/age.ts';
import { askAll, textOf } from '#app/cli/kit/ask.ts';
import type { CliDeps, Command, Given } from '#app/cli/kit/command.ts';
import { printColumns } from '#app/cli/kit/output.ts';
import { renderJson } from '#app/cli/kit/terminal/json.ts';

const SHOWN_MAX = 500;
const SHOWN = 50;

export const DEVICE_LIST: Command = {
  name: 'device list',
  summary: 'List boxes and cameras, and when each was heard',
  options: {
    status: { value: 'STATUS', says: 'Only those that are so.', choices: DEVICE_STATUSES },
    kind: { value: 'KIND', says: 'Only of this kind.', choices: DEVICE_KINDS },
    area: { value: 'ID', says: 'Only in this area.' },
    box: { value: 'ID', says: 'Only the cameras of this box.' },
    q: { value: 'TEXT', says: 'Only with this text in the id or the name.' },
    project: { value: 'ID', says: 'Only of this project.' },
    limit: {
      value: 'COUNT',
      says: `How many; ${SHOWN} unless given.`,
      range: { min: 1, max: SHOWN_MAX },
    },
  },
  hasJson: true,
  examples: ['tocsin device list', 'tocsin device list --status silent'],
  run: listDevices,
};

async function listDevices(given: Given, { hub, out, clock }: CliDeps): Promise<number> {
  const query = {
    status: given.text('status'),
    kind: given.text('kind'),
    area_id: given.text('area'),
    parent_device_id: given.text('box'),
    q: given.text('q'),
    project_id: given.text('project'),
  };
  const count = given.number('limit') ?? SHOWN;
  const devices = await askAll(hub(), { path: '/api/v1/devices', query }, count);
  if (given.flag('json')) out.print(renderJson(devices));
  else if (devices.length === 0) out.print('No device.');
  else {
    const rows = devices.map((device) => toRow(device, clock.now()));
    printColumns(out, HEADS, rows);
  }
  return 0;
}

const HEADS = ['DEVICE', 'STATUS', 'KIND', 'HEARD', 'PICTURE', 'LIMIT', 'STATE', 'AREA', 'NAME'];

function toRow(device: JsonObject, now: Instant): readonly string[] {
  return [
    textOf(device['device_id']),
    textOf(device['status']),
    textOf(device['kind']),
    renderAge(device['last_seen_at'], now),
    renderAge(device['last_frame_at'], now),
    `${textOf(device['silent_limit_s'])} s`,
    textOf(device['state']),
    textOf(device['area_id']),
    textOf(device['name']),
  ];
}
