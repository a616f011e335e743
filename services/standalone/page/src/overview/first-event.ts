import { createCommand } from '../shared/command.ts';

/** A command that reports an event to this server, to copy into a terminal. */
export function createFirstEvent(): HTMLElement {
  const event = {
    customerId: 'visitor-1',
    sessionId: 'visit-1',
    actionId: 'chat-1',
    actionMapId: 'welcome',
    actionState: 'offered',
  };
  return createCommand(
    `curl ${location.origin}/v1/events -H 'content-type: application/json' -d '${JSON.stringify(event)}'`,
  );
}
