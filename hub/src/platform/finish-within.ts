/** The promise's own end, or `late()` as a rejection when it takes longer than `maxMs`. */
export function rejectAfter<T>(maxMs: number, promise: Promise<T>, late: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(late()), maxMs);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** Waits for `body`, but not longer than `maxMs`; says whether it finished in time. */
export async function finishWithin(maxMs: number, body: () => Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const bound = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), maxMs);
  });
  const isFinished = await Promise.race([body().then(() => true), bound]);
  clearTimeout(timer);
  return isFinished;
}
