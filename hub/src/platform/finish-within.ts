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
