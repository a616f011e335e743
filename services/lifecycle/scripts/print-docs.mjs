// Prints docs/lifecycle.md and docs/offers.md from the prose beside this folder and the data. Needs the built library.
import { readFile, writeFile } from 'node:fs/promises';
import { describeLifecycles } from '../dist/describe.js';
import { lifecyclesWith } from '../dist/index.js';
import { describeOffers } from '../dist/offers/describe-offers.js';

const prose = (name) => readFile(new URL(`../docs/${name}`, import.meta.url), 'utf8');
const print = (name, text) => writeFile(new URL(`../../../docs/${name}`, import.meta.url), text);

await print('lifecycle.md', describeLifecycles(await prose('rules.md'), lifecyclesWith().values()));
await print('offers.md', describeOffers(await prose('offers.md'), await prose('action-maps.example.json')));
