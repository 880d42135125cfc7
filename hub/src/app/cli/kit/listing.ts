/** The `list` of what is configured: every noun has the same one, with columns of its own. */
import type { Instant } from '#kernel/instant.ts';
import type { JsonObject } from '#kernel/syntax/json.ts';
import { askAll } from './ask.ts';
import type { CliDeps, Command, Given } from './command.ts';
import type { HubClient } from './hub-client.ts';
import { printColumns } from './output.ts';
import { renderJson } from './terminal/json.ts';

const SHOWN_MAX = 5_000;
const SHOWN = 500;

export type Listing = {
  readonly noun: string;
  readonly path: string;
  readonly summary: string;
  readonly heads: readonly string[];
  /** Rows of the items, all at once: some ask the hub for the names of others. */
  readonly toRows: (
    items: readonly JsonObject[],
    asked: { readonly hub: HubClient; readonly now: Instant },
  ) => Promise<readonly (readonly string[])[]>;
};

export function createListing(listing: Listing): Command {
  const { noun, summary } = listing;
  return {
    name: `${noun} list`,
    summary,
    options: {
      project: { value: 'ID', says: 'Only of this project.' },
      limit: {
        value: 'COUNT',
        says: `How many; ${SHOWN} unless given.`,
        range: { min: 1, max: SHOWN_MAX },
      },
    },
    hasJson: true,
    examples: [`tocsin ${noun} list`, `tocsin ${noun} list --json`],
    run: (given, deps) => list(listing, given, deps),
  };
}

async function list(listing: Listing, given: Given, deps: CliDeps): Promise<number> {
  const { out } = deps;
  const hub = deps.hub();
  const query = { project_id: given.text('project') };
  const count = given.number('limit') ?? SHOWN;
  // One more tells whether there are more.
  const found = await askAll(hub, { path: listing.path, query }, count + 1);
  const items = found.slice(0, count);
  if (given.flag('json')) out.print(renderJson(items));
  else if (items.length === 0) out.print(`No ${listing.noun}.`);
  else
    printColumns(out, listing.heads, await listing.toRows(items, { hub, now: deps.clock.now() }));
  if (found.length > count) out.complain(`There are more than ${count}: --limit shows them.`);
  return 0;
}
