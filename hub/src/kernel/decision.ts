/**
 * What a pure decision returns. A refusal is a value that every caller must handle; a bug is an
 * assertion that stops the process.
 */
export type Decision<State, Event, Effect, Refusal> =
  | {
      readonly kind: 'changed' | 'recorded';
      readonly state: State;
      /** What happened, for the timeline, in order. `recorded` = noted, but nothing changed. */
      readonly events: readonly Event[];
      /** What other stages have to do about it, committed in the same transaction. */
      readonly effects: readonly Effect[];
    }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** For the branch that the compiler says cannot be reached. */
export function unreachable(value: never, what: string): never {
  throw new Error(`unreachable ${what}: ${JSON.stringify(value)}`);
}

export function assert(condition: boolean, sentence: string): asserts condition {
  if (!condition) throw new Error(`assertion failed: ${sentence}`);
}
