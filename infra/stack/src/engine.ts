import type { ContainerRuntimeClient } from 'testcontainers';

/** Rejects when no Docker engine answers. Imported late: it loads much, and a run over URLs needs none of it. */
export async function engine(): Promise<ContainerRuntimeClient> {
  const { getContainerRuntimeClient } = await import('testcontainers');
  return getContainerRuntimeClient();
}

/** null when a Docker engine answers, else why not. */
export async function engineIsMissing(): Promise<string | null> {
  try {
    await engine();
    return null;
  } catch {
    return 'no Docker engine answers';
  }
}
