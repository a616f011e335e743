/**
 * Calls `check` again and again until it returns true. A check that throws counts as not yet; its error becomes the
 * cause when time is up. Rejects after `timeoutMs` with an error that says what was awaited.
 */
export async function until(
  awaited: string,
  check: () => boolean | Promise<boolean>,
  { timeoutMs, everyMs = 50 }: { readonly timeoutMs: number; readonly everyMs?: number },
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  let cause: unknown;
  for (;;) {
    try {
      if (await check()) return;
      cause = undefined;
    } catch (error) {
      if (error instanceof Hopeless) throw error;
      cause = error;
    }
    if (Date.now() >= deadline) throw new Error(`${awaited}: not within ${timeoutMs} ms`, { cause });
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

/** Thrown by a check that knows that waiting longer cannot help. */
export class Hopeless extends Error {}
