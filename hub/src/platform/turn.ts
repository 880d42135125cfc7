/** Runs `body` after what this turn of the event loop still brings. */
export function runAfterTurn(body: () => void): void {
  setImmediate(body);
}
