/** `tocsin device show`: all that is known of one box or camera. */
import { isJsonObject, type JsonObject } from '#kernel/syntax/json.ts';
import { ask, textOf, withQuery } from '#app/cli/kit/ask.ts';
import type { CliDeps, Command, Given } from '#app/cli/kit/command.ts';
import { renderFacts } from '#app/cli/kit/output.ts';
import { renderJson } from '#app/cli/kit/terminal/json.ts';

export const DEVICE_SHOW: Command = {
  name: 'device show',
  summary: 'Show all that is known of a box or a camera',
  about: 'A camera is called BOX/CAMERA; its own name is enough where only one is called so.',
  arguments: [{ name: 'DEVICE_ID', says: 'as device list shows it' }],
  options: { project: { value: 'ID', says: 'Its project, where several have one of that name.' } },
  hasJson: true,
  examples: ['tocsin device show edge_box_01', 'tocsin device show edge_box_01/camera_12'],
  run: showDevice,
};

async function showDevice(given: Given, { hub, out }: CliDeps): Promise<number> {
  const id = encodeURIComponent(given.text('DEVICE_ID') ?? '');
  const query = { project_id: given.text('project') };
  const device = await ask(hub(), withQuery(`/api/v1/devices/${id}`, query));
  out.print(given.flag('json') ? renderJson(device) : renderFacts(listFacts(device)));
  return 0;
}

/** What is not known is left out; what the device says of itself comes last. */
function listFacts(device: JsonObject): readonly (readonly [string, string])[] {
  const { details, ...known } = device;
  const said = details !== undefined && isJsonObject(details) ? Object.entries(details) : [];
  return [...Object.entries(known), ...said]
    .filter(([, value]) => value !== null && value !== '')
    .map(([name, value]) => [name, textOf(value)]);
}
