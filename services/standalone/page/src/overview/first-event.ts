import { button, h, setText } from '../shared/dom.ts';

/** A command that reports an event to this server, to copy into a terminal. */
export function createFirstEvent(): HTMLElement {
  const command = commandFor(location.origin);
  const copy = button({ class: 'plain copy' }, 'Copy', () => void take());
  const take = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(command);
      setText(copy, 'Copied');
    } catch {
      // Browsers keep the clipboard from pages of an unencrypted other host; the text can still be selected.
      getSelection()?.selectAllChildren(text);
      setText(copy, 'Selected');
    }
    setTimeout(() => {
      setText(copy, 'Copy');
    }, 2000);
  };
  const text = h('code', {}, command);
  return h('div', { class: 'command' }, h('pre', { tabindex: 0, 'aria-label': 'Command' }, text), copy);
}

function commandFor(origin: string): string {
  const event = {
    customerId: 'visitor-1',
    sessionId: 'visit-1',
    actionId: 'chat-1',
    actionMapId: 'welcome',
    actionState: 'offered',
  };
  return `curl ${origin}/v1/events -H 'content-type: application/json' -d '${JSON.stringify(event)}'`;
}
