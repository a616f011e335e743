/**
 * Who may import whom, as allowed paths: what no rule allows is forbidden, so a new package is forbidden until somebody
 * allows it here. `npm run check:imports` checks it.
 */
const inside = (folder) => `^${folder}/`;
const publicEntry = (folder) => `^${folder}/src/(testing/)?index\\.ts$`;
const adapterEntries = (folder) => `^${folder}/src/[a-z]+/index\\.ts$`;

const libraries = {
  lifecycle: 'services/lifecycle',
  config: 'services/config',
  schemas: 'schemas',
  dataDirectory: 'services/data-directory',
  eventLog: 'services/event-log',
  projection: 'services/projection',
  traffic: 'services/traffic',
  server: 'services/server',
  projector: 'services/projector',
  collector: 'services/collector',
  trigger: 'services/trigger',
  analytics: 'services/analytics',
  standalone: 'services/standalone',
  operator: 'services/operator',
  stack: 'infra/stack',
};

/** Which libraries' public entries a folder may import. */
const mayImport = {
  [libraries.lifecycle]: [],
  [libraries.config]: [libraries.lifecycle],
  [libraries.dataDirectory]: [libraries.lifecycle],
  [libraries.schemas]: [libraries.lifecycle, libraries.config, libraries.dataDirectory],
  [libraries.eventLog]: [libraries.lifecycle, libraries.config, libraries.schemas, libraries.dataDirectory],
  [libraries.projection]: [libraries.lifecycle, libraries.config, libraries.schemas, libraries.dataDirectory],
  [libraries.traffic]: [libraries.lifecycle, libraries.schemas],
  [libraries.server]: [libraries.lifecycle, libraries.config],
  [libraries.projector]: [
    libraries.lifecycle,
    libraries.config,
    libraries.schemas,
    libraries.eventLog,
    libraries.projection,
    libraries.server,
  ],
  [libraries.collector]: [
    libraries.lifecycle,
    libraries.config,
    libraries.schemas,
    libraries.eventLog,
    libraries.server,
  ],
  [libraries.trigger]: [
    libraries.lifecycle,
    libraries.config,
    libraries.schemas,
    libraries.eventLog,
    libraries.projection,
    libraries.server,
  ],
  [libraries.analytics]: [
    libraries.lifecycle,
    libraries.config,
    libraries.schemas,
    libraries.eventLog,
    libraries.server,
    // In tests: traffic whose truth is known.
    libraries.traffic,
  ],
  [libraries.standalone]: [
    libraries.lifecycle,
    libraries.config,
    libraries.schemas,
    libraries.dataDirectory,
    libraries.eventLog,
    libraries.projection,
    libraries.traffic,
    libraries.server,
    libraries.projector,
    libraries.collector,
    libraries.trigger,
  ],
  [libraries.operator]: [
    libraries.dataDirectory,
    libraries.lifecycle,
    libraries.config,
    libraries.schemas,
    libraries.eventLog,
    libraries.projection,
    libraries.traffic,
    libraries.server,
    libraries.trigger,
  ],
  [libraries.stack]: [],
  tests: Object.values(libraries),
};

const adapterLibraries = [libraries.schemas, libraries.eventLog, libraries.projection];
/** Their adapters stand beside other parts, and are imported by their own entry all the same. */
const withAdapters = [...adapterLibraries, libraries.analytics];
const adapterFolders = '^(?:schemas|services/event-log|services/projection)/';

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'lifecycle-is-pure',
      comment: 'The fold runs in a browser too: no Node modules, no packages.',
      severity: 'error',
      from: { path: inside(libraries.lifecycle), pathNot: '\\.test\\.ts$|/scripts?/' },
      to: { pathNot: inside(libraries.lifecycle) },
    },
    {
      name: 'adapters-stand-alone',
      comment: 'An adapter sees its port and the libraries below, never another adapter.',
      severity: 'error',
      from: {
        path: '^((?:schemas|services/event-log|services/projection)/src/[a-z]+)/',
        pathNot: '\\.test\\.ts$',
      },
      to: {
        path: `${adapterFolders}src/[a-z]+/`,
        // `local` is what the two logs that live in one process have in common.
        pathNot: ['^$1/', '^services/event-log/src/(?:owner|local)/'],
      },
    },
    {
      name: 'only-main-knows-adapters',
      severity: 'error',
      from: {
        path: '^(?:services|schemas)/',
        pathNot: ['/main\\.ts$', '\\.test\\.ts$', '/test-[a-z-]+\\.ts$', adapterFolders],
      },
      to: { path: withAdapters.map(adapterEntries) },
    },
    {
      name: 'testing-only-in-tests',
      severity: 'error',
      from: {
        path: '^(?:services|schemas)/',
        pathNot: ['\\.test\\.ts$', '/test-[a-z-]+\\.ts$', '/src/testing/'],
      },
      to: { path: '/src/testing/' },
    },
    {
      name: 'not-into-undeclared-packages',
      severity: 'error',
      from: {},
      to: { path: '^node_modules/', dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
  ],
  allowedSeverity: 'error',
  allowed: [
    { from: {}, to: { dependencyTypes: ['core'] } },
    { from: {}, to: { path: '^node_modules/' } },
    ...Object.entries(mayImport).flatMap(([folder, imports]) => [
      { from: { path: inside(folder) }, to: { path: inside(folder) } },
      ...imports.map((library) => ({
        from: { path: inside(folder) },
        to: {
          path: [publicEntry(library), ...(withAdapters.includes(library) ? [adapterEntries(library)] : [])],
        },
      })),
    ]),
  ],
  options: {
    combinedDependencies: true,
    exclude: { path: '(^|/)dist/' },
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      conditionNames: ['source', 'import', 'node', 'default'],
      exportsFields: ['exports'],
    },
  },
};
