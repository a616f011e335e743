// Prints docs/lifecycle.md from the prose beside this folder and the data of the lifecycles. Needs the built library.
import { readFile, writeFile } from 'node:fs/promises';
import { describeLifecycles } from '../dist/describe.js';
import { lifecyclesWith } from '../dist/index.js';

const rules = await readFile(new URL('../docs/rules.md', import.meta.url), 'utf8');
const page = new URL('../../../docs/lifecycle.md', import.meta.url);
await writeFile(page, describeLifecycles(rules, lifecyclesWith().values()));
