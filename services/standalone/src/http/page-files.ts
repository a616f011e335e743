import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';

/** Folders and files of which the page is made. */
export interface PageFiles {
  /** Holds index.html, styles and icons. */
  readonly assets: string;
  /** Holds the compiled modules. */
  readonly modules: string;
  /** Of the package uplot: what the modules import as uplot.js, and its styles. */
  readonly uplot: { readonly folder: string; readonly module: string; readonly styles: string };
}

/**
 * The page under `/`, everything it loads under `/page/`. Browsers ask each time whether a file has changed (ETag), so
 * that an upgrade never mixes two versions.
 */
export function pageRoutes(files: PageFiles): (http: FastifyInstance) => Promise<void> {
  return async (http) => {
    await http.register(fastifyStatic, {
      root: [files.assets, files.modules],
      prefix: '/page/',
      cacheControl: false,
      index: false,
      dotfiles: 'ignore',
      allowedPath: (path) =>
        /\.(?:html|js|css|svg|png|ico|woff2|map)$/.test(path) && !path.includes('.test.'),
      setHeaders: (reply) => {
        void reply.header('cache-control', 'no-cache');
      },
    });
    const hidden = { schema: { hide: true } };
    http.get('/', hidden, (_request, reply) => reply.sendFile('index.html', files.assets));
    const { folder, module, styles } = files.uplot;
    http.get('/page/uplot.js', hidden, (_request, reply) => reply.sendFile(module, folder));
    http.get('/page/uplot.css', hidden, (_request, reply) => reply.sendFile(styles, folder));
  };
}
