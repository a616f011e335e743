import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PageFiles } from './page-files.ts';

const packageFolder = new URL('../../', import.meta.url);
const uplotFolder = dirname(createRequire(import.meta.url).resolve('uplot'));

/** Where the parts of the page are, seen from the sources as from the compiled process. */
export const pageFiles: PageFiles = {
  assets: fileURLToPath(new URL('page', packageFolder)),
  modules: fileURLToPath(new URL('dist/page', packageFolder)),
  uplot: { folder: uplotFolder, module: 'uPlot.esm.js', styles: 'uPlot.min.css' },
};
