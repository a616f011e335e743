import { OfferlockError } from '@offerlock/lifecycle';

/**
 * The outcome of the work, or `LOG_UNAVAILABLE` after `ms`. kafkajs cannot be told to give up, so late work goes on
 * unseen: whoever calls this makes sure that it can do no harm.
 */
export async function withDeadline<T>(work: Promise<T>, ms: number, attempt: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new OfferlockError('LOG_UNAVAILABLE', `${attempt}: no result within ${ms} ms`));
    }, ms);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
