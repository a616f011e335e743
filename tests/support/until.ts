/**
 * Calls `check` again and again until it returns true. A check that throws counts as not yet. Rejects after
 * `timeoutMs`, by default 20 s, with an error that says what was awaited.
 */
export async function until(
  awaited: string,
  check: () => boolean | Promise<boolean>,
  { timeoutMs = 20_000, everyMs = 20 }: { readonly timeoutMs?: number; readonly everyMs?: number } = {},
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  let cause: unknown;
  for (;;) {
    try {
      if (await check()) return;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    if (performance.now() >= deadline) throw new Error(`not within ${timeoutMs} ms: ${awaited}`, { cause });
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
