import { createRequire } from 'node:module';
import { describe, expect, test } from '@jest/globals';
import { checkActionMap, checkActionMaps, checkVersions } from './check-action-maps.ts';
import { actionMapsSchema } from './schema.ts';
import { actionOf, fileOf, mapOf, targetOf } from './test-offers.ts';

/**
 * The validator that fastify brings, which knows draft 2020-12. It is looked up from there because the one on top of
 * node_modules belongs to the registry's client and is too old.
 */
function schemaValidator(): (document: unknown) => boolean {
  const fromHere = createRequire(import.meta.url);
  const fromFastify = createRequire(fromHere.resolve('fastify'));
  const fromCompiler = createRequire(fromFastify.resolve('@fastify/ajv-compiler'));
  const { Ajv2020 } = fromCompiler('ajv/dist/2020.js') as {
    Ajv2020: new (options: object) => { compile(schema: object): (document: unknown) => boolean };
  };
  return new Ajv2020({ strict: true, allowUnionTypes: true }).compile(actionMapsSchema);
}

const conforms = schemaValidator();

function problemsOf(document: unknown): readonly string[] {
  const checked = checkActionMaps(document);
  return checked.outcome === 'accepted'
    ? []
    : checked.problems.map(({ path, expected }) => `${path}: ${expected}`);
}

/** The least a map must say. */
const least = {
  id: 'help',
  version: 1,
  displayName: 'Help',
  startDate: '2026-05-01T00:00:00Z',
  action: { mediaType: 'webchat', invitation: { prompt: 'May we help?' } },
};
const withMap = (fields: object): unknown => ({ actionMaps: [{ ...least, ...fields }] });
const withAction = (fields: object): unknown => withMap({ action: { ...least.action, ...fields } });
const office = {
  id: 'office',
  displayName: 'Office',
  timeZone: 'Europe/Berlin',
  open: [{ days: ['monday'], from: '09:00', to: '17:00' }],
};
const withSchedule = (fields: object): unknown => ({
  actionMaps: [],
  scheduleGroups: [{ ...office, ...fields }],
});
const target = { id: 'sales', displayName: 'Sales' };

describe('documents that are good', () => {
  test.each<[string, unknown]>([
    ['no map at all', { actionMaps: [] }],
    ['the least a map must say', withMap({})],
    [
      'everything written out',
      fileOf([mapOf('help', { action: actionOf({ actionTargetId: 'sales' }) })], {
        actionTargets: [targetOf('sales')],
      }),
    ],
    ['no end', withMap({ endDate: null })],
    ['a delay', withMap({ activation: { type: 'delay', delayInSeconds: 30 } })],
    ['a later version beside an earlier one', { actionMaps: [least, { ...least, version: 2, weight: 3 }] }],
    ['a version twice with the same content', { actionMaps: [least, { ...least, weight: 2 }] }],
    ['references', { actionMaps: [{ ...least, scheduleGroupId: 'office' }], scheduleGroups: [office] }],
    ['a cap', { actionMaps: [], frequencyCaps: { webchat: { capForPeriod: '00:30' } } }],
    ['a number to compare with', withMap({ pageUrlConditions: [{ operator: 'lessThan', values: ['1.5'] }] })],
    ['a leap day', withMap({ endDate: '2028-02-29T00:00:00Z' })],
  ])('%s', (_title, document) => {
    expect(problemsOf(document)).toEqual([]);
    expect(conforms(document)).toBe(true);
  });
});

describe('documents of a wrong shape, which schema and checker both refuse', () => {
  test.each<[string, unknown, readonly unknown[]]>([
    ['nothing', null, [': an object']],
    ['a list', [], [': an object']],
    ['no maps', {}, ['/actionMaps: a value: the field is required']],
    [
      'a field nobody knows',
      { actionMaps: [], maps: [] },
      [expect.stringMatching('^/maps: no such field; the fields are actionMaps, ')],
    ],
    [
      'a field of Object',
      JSON.parse('{"actionMaps":[],"__proto__":{}}'),
      [expect.stringMatching('^/__proto__: no such field')],
    ],
    [
      'an id with a slash',
      withMap({ id: 'a/b' }),
      ['/actionMaps/0/id: 1 to 128 characters of A-Z a-z 0-9 _ . : @ -'],
    ],
    ['version 0', withMap({ version: 0 }), ['/actionMaps/0/version: 1 to 2147483647']],
    ['half a version', withMap({ version: 1.5 }), ['/actionMaps/0/version: an integer']],
    ['a text for a number', withMap({ version: '1' }), ['/actionMaps/0/version: an integer']],
    ['another weight', withMap({ weight: 4 }), ['/actionMaps/0/weight: one of 1, 2, 3']],
    [
      'a date without an offset',
      withMap({ startDate: '2026-05-01T00:00:00' }),
      ['/actionMaps/0/startDate: a date and time with an offset, such as 2026-05-01T08:00:00+02:00'],
    ],
    [
      'a media type that nobody knows',
      withAction({ mediaType: 'fax' }),
      ['/actionMaps/0/action/mediaType: one of "webchat", "webMessagingOffer", "contentOffer", "openAction"'],
    ],
    [
      'a media type that is not shown',
      withAction({ mediaType: 'architectFlow' }),
      [expect.stringMatching('^/actionMaps/0/action/mediaType: one of ')],
    ],
    [
      'an operator that nobody knows',
      withMap({ pageUrlConditions: [{ operator: 'matches', values: ['.*'] }] }),
      [expect.stringMatching('^/actionMaps/0/pageUrlConditions/0/operator: one of "containsAll", ')],
    ],
    [
      'a condition without values',
      withMap({ pageUrlConditions: [{ operator: 'equal', values: [] }] }),
      ['/actionMaps/0/pageUrlConditions/0/values: 1 to 100 entries'],
    ],
    [
      'an empty value',
      withMap({ pageUrlConditions: [{ operator: 'equal', values: [''] }] }),
      ['/actionMaps/0/pageUrlConditions/0/values/0: 1 to 256 characters'],
    ],
    [
      'an activation that nobody knows',
      withMap({ activation: { type: 'soon' } }),
      ['/actionMaps/0/activation/type: one of "immediate", "delay", "on-next-visit", "on-next-session"'],
    ],
    [
      'an activation that is a text',
      withMap({ activation: 'immediate' }),
      ['/actionMaps/0/activation: an object'],
    ],
    [
      'a delay without its length',
      withMap({ activation: { type: 'delay' } }),
      ['/actionMaps/0/activation/delayInSeconds: a value: the field is required'],
    ],
    [
      'a length without a delay',
      withMap({ activation: { type: 'immediate', delayInSeconds: 3 } }),
      ['/actionMaps/0/activation/delayInSeconds: no such field; the fields are type'],
    ],
    [
      'a delay that outlasts an idle session',
      withMap({ activation: { type: 'delay', delayInSeconds: 1800 } }),
      ['/actionMaps/0/activation/delayInSeconds: 1 to 1740'],
    ],
    [
      'no invitation',
      withMap({ action: { mediaType: 'webchat' } }),
      ['/actionMaps/0/action/invitation: a value: the field is required'],
    ],
    [
      'a long invitation',
      withAction({ invitation: { prompt: 'x'.repeat(2049) } }),
      ['/actionMaps/0/action/invitation/prompt: 1 to 2048 characters'],
    ],
    [
      'a clock past midnight',
      withSchedule({ open: [{ days: ['monday'], from: '09:00', to: '25:00' }] }),
      ['/scheduleGroups/0/open/0/to: a time of day, such as 08:30, up to 24:00'],
    ],
    ['never open', withSchedule({ open: [] }), ['/scheduleGroups/0/open: 1 to 100 entries']],
    [
      'a day in another language',
      withSchedule({ open: [{ days: ['montag'], from: '09:00', to: '17:00' }] }),
      [expect.stringMatching('^/scheduleGroups/0/open/0/days/0: one of "monday"')],
    ],
    [
      'a fraction of more than all',
      { actionMaps: [], actionTargets: [{ ...target, serviceLevelFraction: 1.1 }] },
      ['/actionTargets/0/serviceLevelFraction: 0 to 1'],
    ],
    [
      'a wait of a day',
      { actionMaps: [], frequencyCaps: { webchat: { capForPeriod: '24:00' } } },
      ['/frequencyCaps/webchat/capForPeriod: hours and minutes, such as 00:30, up to 23:59'],
    ],
    [
      'a cap of a media type that nobody knows',
      { actionMaps: [], frequencyCaps: { fax: {} } },
      [expect.stringMatching('^/frequencyCaps/fax: no such field')],
    ],
  ])('%s', (_title, document, problems) => {
    expect(problemsOf(document)).toEqual(problems);
    expect(conforms(document)).toBe(false);
  });
});

describe('documents that only the checker can refuse', () => {
  test.each<[string, unknown, readonly string[]]>([
    [
      'a target that is missing',
      withAction({ actionTargetId: 'sales' }),
      ['/actionMaps/0/action/actionTargetId: an id of actionTargets, which has no sales'],
    ],
    [
      'a schedule that is missing',
      withMap({ scheduleGroupId: 'office' }),
      ['/actionMaps/0/scheduleGroupId: an id of scheduleGroups, which has no office'],
    ],
    [
      'an emergency group that is missing',
      withMap({ emergencyScheduleGroupId: 'fire' }),
      ['/actionMaps/0/emergencyScheduleGroupId: an id of emergencyScheduleGroups, which has no fire'],
    ],
    [
      'a version twice with other content',
      { actionMaps: [least, { ...least, displayName: 'Other' }] },
      ['/actionMaps/1/version: another version: /actionMaps/0 has version 1 of help with other content'],
    ],
    [
      'a target twice',
      { actionMaps: [], actionTargets: [target, target] },
      ['/actionTargets/1/id: another id: actionTargets has sales already'],
    ],
    [
      'an end before the start',
      withMap({ endDate: '2026-05-01T01:00:00+02:00' }),
      ['/actionMaps/0/endDate: a time after startDate, 2026-05-01T00:00:00Z'],
    ],
    [
      'an end at the start',
      withMap({ endDate: '2026-05-01T02:00:00+02:00' }),
      ['/actionMaps/0/endDate: a time after startDate, 2026-05-01T00:00:00Z'],
    ],
    [
      'a day that does not exist',
      withMap({ startDate: '2026-02-30T00:00:00Z' }),
      ['/actionMaps/0/startDate: a date that exists'],
    ],
    [
      'an hour that does not exist',
      withMap({ startDate: '2026-02-03T25:00:00Z' }),
      ['/actionMaps/0/startDate: a date that exists'],
    ],
    [
      'a size that is no number',
      withMap({ pageUrlConditions: [{ operator: 'greaterThan', values: ['many'] }] }),
      ['/actionMaps/0/pageUrlConditions/0/values: exactly one number, such as "100", with greaterThan'],
    ],
    [
      'two sizes',
      withMap({ pageUrlConditions: [{ operator: 'lessThan', values: ['1', '2'] }] }),
      ['/actionMaps/0/pageUrlConditions/0/values: exactly one number, such as "100", with lessThan'],
    ],
    [
      'a time zone that nobody knows',
      withSchedule({ timeZone: 'Europe/Nowhere' }),
      ['/scheduleGroups/0/timeZone: the IANA name of a time zone, such as Europe/Berlin'],
    ],
    [
      'hours that end before they begin',
      withSchedule({ open: [{ days: ['monday'], from: '22:00', to: '06:00' }] }),
      ['/scheduleGroups/0/open/0/to: a time after 22:00; hours over midnight are two entries'],
    ],
    [
      'closed days that end before they begin',
      withSchedule({ closed: [{ from: '2026-12-26', to: '2026-12-24' }] }),
      ['/scheduleGroups/0/closed/0/to: 2026-12-26 or a later day'],
    ],
    [
      'a closed day that does not exist',
      withSchedule({ closed: [{ from: '2026-02-28', to: '2026-02-29' }] }),
      ['/scheduleGroups/0/closed/0/to: a date that exists'],
    ],
  ])('%s', (_title, document, problems) => {
    expect(problemsOf(document)).toEqual(problems);
    expect(conforms(document)).toBe(true);
  });
});

test('every problem of a file is named at once, in its order, and one mistake once', () => {
  const broken = { ...least, weight: 9, action: { ...least.action, actionTargetId: 'nobody' } };
  const document = {
    frequencyCaps: { webchat: { capOnceRejected: 'yes' } },
    actionMaps: [
      { ...least, id: 'a', scheduleGroupId: 'office', endDate: '2020-01-01T00:00:00Z' },
      { ...broken, id: 'b' },
      { ...least, id: 'c', action: { ...least.action, actionTargetId: 'sales' } },
    ],
    // A target of the wrong shape is there all the same, so the reference of c is no mistake.
    actionTargets: [{ id: 'sales' }],
  };
  expect(problemsOf(document)).toEqual([
    '/actionMaps/0/endDate: a time after startDate, 2026-05-01T00:00:00Z',
    '/actionMaps/0/scheduleGroupId: an id of scheduleGroups, which has no office',
    '/actionMaps/1/weight: one of 1, 2, 3',
    '/actionTargets/0/displayName: a value: the field is required',
    '/frequencyCaps/webchat/capOnceRejected: a boolean',
  ]);
});

test('an accepted file has its defaults filled in, and is accepted again unchanged', () => {
  const checked = checkActionMaps(withMap({}));
  if (checked.outcome !== 'accepted') throw new Error('refused');
  expect(checked.value).toEqual(
    fileOf([
      mapOf('help', {
        displayName: 'Help',
        startDate: '2026-05-01T00:00:00Z',
        action: actionOf({
          invitation: { title: '', prompt: 'May we help?', acceptText: '', declineText: '' },
        }),
      }),
    ]),
  );
  expect(checkActionMaps(checked.value)).toEqual(checked);
});

test('one map can be checked by itself, its paths beginning there', () => {
  expect(checkActionMap({ ...least, endDate: '2020-01-01T00:00:00Z' })).toMatchObject({
    outcome: 'refused',
    problems: [{ path: '/endDate' }],
  });
  expect(checkActionMap({ ...least, weight: 0 })).toMatchObject({ problems: [{ path: '/weight' }] });
  expect(checkActionMap(least)).toMatchObject({ outcome: 'accepted', value: { weight: 2 } });
});

describe('published versions', () => {
  const published = [
    mapOf('help', { version: 1 }),
    mapOf('help', { version: 3 }),
    mapOf('other', { version: 9 }),
  ];
  const check = (fields: Parameters<typeof mapOf>[1]) =>
    checkVersions(published, [mapOf('help', fields)]).map(({ path, expected }) => `${path}: ${expected}`);

  test('stay as they are, may be given again, and are followed by greater ones', () => {
    expect(check({ version: 1 })).toEqual([]);
    expect(check({ version: 4, weight: 3 })).toEqual([]);
    expect(check({ version: 3, weight: 3 })).toEqual([
      '/actionMaps/0/version: a new version: version 3 is published with other content',
    ]);
    expect(check({ version: 2 })).toEqual([
      '/actionMaps/0/version: a version greater than 3, which is published already',
    ]);
  });

  test('have the same content however their fields are ordered', () => {
    const { id, ...rest } = mapOf('help', { version: 3 });
    expect(checkVersions(published, [{ ...rest, id }])).toEqual([]);
  });
});
