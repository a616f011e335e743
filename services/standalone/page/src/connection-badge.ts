import type { ConnectionStatus } from './shared/backoff.ts';
import { h, setAttributes, setText } from './shared/dom.ts';

export interface ConnectionBadge {
  readonly element: HTMLElement;
  render(connection: ConnectionStatus): void;
}

/** Says whether what the page shows is live. */
export function createConnectionBadge(): ConnectionBadge {
  const text = h('span', {}, 'Connecting');
  const element = h('p', { class: 'connection', role: 'status', id: 'connection' }, text);
  return {
    element,
    render(connection) {
      setAttributes(element, { 'data-status': connection });
      setText(text, labels[connection]);
    },
  };
}

const labels: Readonly<Record<ConnectionStatus, string>> = {
  connecting: 'Connecting',
  live: 'Live',
  reconnecting: 'Reconnecting',
  stopped: 'Server stopped',
};
