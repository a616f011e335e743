import type { Launch, OwnStack } from './stack.ts';

/** Stops and removes containers; those that are gone already are passed over. */
export function removeContainers(_ids: readonly string[]): Promise<void> {
  throw new Error('TODO');
}

/** null when a Docker engine answers, else why not. */
export async function containersAreMissing(): Promise<string | null> {
  // Imported late: it loads much, and most runs need it only here or not at all.
  const { getContainerRuntimeClient } = await import('testcontainers');
  try {
    await getContainerRuntimeClient();
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

export function startContainers(_launch: Launch): Promise<OwnStack> {
  throw new Error('TODO');
}
