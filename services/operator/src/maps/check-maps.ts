import { checkActionMaps, type DocumentProblem } from '@offerlock/lifecycle';
import type { Terminal } from '../ports.ts';
import { readLocatedFile, type LocatedFile } from './located-file.ts';

/** `offerlock maps check`. False when something is wrong. Error: `UsageError` if it is no JSON. */
export async function checkMaps(terminal: Terminal, name: string): Promise<boolean> {
  const file = await readLocatedFile(name);
  const checked = checkActionMaps(file.value);
  if (checked.outcome === 'accepted') {
    const { actionMaps } = checked.value;
    terminal.print(`${name}: ${countOf(actionMaps.length, 'action map')}, nothing wrong`);
    return true;
  }
  noteProblems(terminal, file, checked.problems);
  return false;
}

/** One line per problem, as editors and terminals understand it: `file:line:column: path: what was expected`. */
export function noteProblems(
  terminal: Terminal,
  file: LocatedFile,
  problems: readonly DocumentProblem[],
): void {
  for (const { path, expected } of problems) {
    terminal.note(`${file.placeOf(path)}: ${path === '' ? '/' : path}: expected ${expected}`);
  }
  terminal.note(`${file.name}: ${countOf(problems.length, 'problem')}`);
}

export function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
