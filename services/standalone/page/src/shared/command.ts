import { button, h, setText } from './dom.ts';

/** A command to copy into a terminal. */
export function createCommand(command: string): HTMLElement {
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
