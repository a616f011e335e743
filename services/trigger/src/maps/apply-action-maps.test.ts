import { expect, test } from '@jest/globals';
import { applyActionMaps, emptyDocument } from './apply-action-maps.ts';
import { mapFor, mapOf } from './test-maps.ts';

const target = (id: string, fields: object = {}) => ({ id, displayName: id, ...fields });

function accepted(...files: readonly unknown[]) {
  let document = emptyDocument;
  let changes: readonly string[] = [];
  for (const file of files) {
    const applied = applyActionMaps(document, file);
    if (applied.outcome === 'refused') throw new Error(JSON.stringify(applied.problems));
    document = applied.next;
    changes = applied.changes.map(({ kind, id, version, change, fields }) =>
      [kind, id, version ?? '', change, ...fields.map(({ field }) => field)].filter(Boolean).join(' '),
    );
  }
  return { document, changes };
}

function refused(present: readonly unknown[], file: unknown) {
  const applied = applyActionMaps(accepted(...present).document, file);
  return applied.outcome === 'refused' ? applied.problems : applied.outcome;
}

test('a first file is added as a whole', () => {
  const { document, changes } = accepted({
    actionMaps: [mapFor('help', 'sales')],
    actionTargets: [target('sales')],
    frequencyCaps: { webchat: { capOnceRejected: true } },
  });
  expect(changes).toEqual([
    'actionMap help 1 added',
    'actionTarget sales added',
    'frequencyCap webchat added',
  ]);
  expect(document.actionMaps).toMatchObject([{ id: 'help', isActive: true, weight: 2 }]);
  expect(document.frequencyCaps).toEqual({
    webchat: { capOnceFinalized: false, capOnceRejected: true, capForPeriod: null },
  });
});

test('applying a file again changes nothing', () => {
  const file = { actionMaps: [mapOf('help')], actionTargets: [target('sales')] };
  const once = accepted(file);
  const twice = accepted(file, file);
  expect(twice.changes).toEqual(['actionMap help 1 unchanged', 'actionTarget sales unchanged']);
  expect(twice.document).toEqual(once.document);
});

test('a new version is compared with the one before it, and both stay', () => {
  const { document, changes } = accepted(
    { actionMaps: [mapOf('help')] },
    { actionMaps: [mapOf('help', 3, { weight: 3 }), mapOf('help', 2, { isActive: false })] },
  );
  expect(changes).toEqual(['actionMap help 2 added isActive', 'actionMap help 3 added isActive weight']);
  expect(document.actionMaps.map(({ version }) => version)).toEqual([1, 2, 3]);
});

test('what a file does not name stays', () => {
  const { document, changes } = accepted(
    { actionMaps: [mapOf('help')], actionTargets: [target('sales'), target('service')] },
    { actionMaps: [mapOf('other')], actionTargets: [target('sales', { serviceLevelMs: 5_000 })] },
  );
  expect(changes).toEqual(['actionMap other 1 added', 'actionTarget sales replaced serviceLevelMs']);
  expect(document.actionMaps.map(({ id }) => id)).toEqual(['help', 'other']);
  expect(document.actionTargets).toMatchObject([
    { id: 'sales', serviceLevelMs: 5_000 },
    { id: 'service', serviceLevelMs: 20_000 },
  ]);
});

test('a map may refer to what is published already, and to nothing that is not', () => {
  const present = [{ actionMaps: [], actionTargets: [target('sales')] }];
  expect(accepted(...present, { actionMaps: [mapFor('help', 'sales')] }).changes).toEqual([
    'actionMap help 1 added',
  ]);
  expect(refused(present, { actionMaps: [mapFor('help', 'service')] })).toEqual([
    { path: '/actionMaps/0/action/actionTargetId', expected: 'an id of actionTargets, which has no service' },
  ]);
});

test('a published version never changes, and an older one never comes after', () => {
  const present = [{ actionMaps: [mapOf('help', 2)] }];
  expect(refused(present, { actionMaps: [mapOf('help', 2, { weight: 1 })] })).toMatchObject([
    { path: '/actionMaps/0/version', expected: expect.stringContaining('version 2 is published') },
  ]);
  expect(refused(present, { actionMaps: [mapOf('new'), mapOf('help', 1)] })).toEqual([
    { path: '/actionMaps/1/version', expected: 'a version greater than 2, which is published already' },
  ]);
});
