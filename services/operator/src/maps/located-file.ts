import { readFile } from 'node:fs/promises';
import { findNodeAtLocation, parseTree, printParseErrorCode, type Node, type ParseError } from 'jsonc-parser';
import { UsageError } from '../usage-error.ts';

/** A JSON file, with the place of everything in it. */
export interface LocatedFile {
  readonly name: string;
  readonly value: unknown;
  /** `name:line:column` of what a JSON Pointer names, or of the nearest thing around it that is there. */
  placeOf(pointer: string): string;
}

/** Reads a JSON file. `UsageError` if it cannot be read, or is not JSON: with the place. */
export async function readLocatedFile(name: string): Promise<LocatedFile> {
  let text: string;
  try {
    text = await readFile(name, 'utf8');
  } catch (error) {
    throw new UsageError(`${name}: cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`);
  }
  return locate(name, text);
}

export function locate(name: string, text: string): LocatedFile {
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { disallowComments: true, allowTrailingComma: false });
  const [error] = errors;
  if (root === undefined || error !== undefined) {
    const what = error === undefined ? 'the file is empty' : wordsOf(printParseErrorCode(error.error));
    throw new UsageError(`${name}:${positionOf(text, error?.offset ?? 0)}: expected JSON: ${what}`);
  }
  return {
    name,
    value: JSON.parse(text),
    placeOf: (pointer) => `${name}:${positionOf(text, nodeAt(root, pointer).offset)}`,
  };
}

function nodeAt(root: Node, pointer: string): Node {
  let node = root;
  for (const part of pointer.split('/').slice(1)) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
    const next = findNodeAtLocation(node, [node.type === 'array' ? Number(name) : name]);
    // A field that is missing has no place; the object it belongs to has.
    if (next === undefined) break;
    node = next;
  }
  return node;
}

/** `line:column`, both from 1. */
function positionOf(text: string, offset: number): string {
  const before = text.slice(0, offset);
  const lines = before.split('\n');
  return `${lines.length}:${(lines.at(-1)?.length ?? 0) + 1}`;
}

/** `CommaExpected` as `comma expected`. */
function wordsOf(code: string): string {
  return code.replace(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).toLowerCase();
}
