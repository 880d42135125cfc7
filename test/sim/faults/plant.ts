/** How a bug is planted, without a file of the product being touched. */
import type { Step } from '#test/sim/draw.ts';
import type { Mutation } from '#test/sim/ports.ts';

export type PlantedFault = {
  readonly mutation: Mutation;
  /** What the bug would be in the product. */
  readonly sentence: string;
  /** The seeds that are known to show it, tried before all others. */
  readonly seeds?: readonly number[];
  /** Steps that show it, where chance would take long. */
  readonly steps?: readonly Step[];
  /** Run in the empty database before the first seed. */
  readonly sql?: readonly string[];
};

type Rewrite = (text: string) => string;

export function replaceOnce(from: string, to: string): Rewrite {
  return (text) => {
    if (!text.includes(from)) throw new Error(`no longer a part of the statement: ${from}`);
    return text.replace(from, to);
  };
}

/** `body` decides over `new`; `return null` drops the write. */
export function trigger(when: string, table: string, body: string): readonly string[] {
  return [
    `create function plant() returns trigger language plpgsql as
       $$ begin ${body}; return new; end $$`,
    `create trigger planted before ${when} on ${table} for each row execute function plant()`,
  ];
}

/** Writes of that table for which this is true never happen. */
export function dropped(table: string, isDropped: string): readonly string[] {
  return trigger('insert', table, `if ${isDropped} then return null; end if`);
}
