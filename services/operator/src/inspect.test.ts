import { expect, test } from '@jest/globals';
import { fold, type OfferState, type WebActionEvent } from '@offerlock/lifecycle';
import { eventOf, foldDefaults } from '@offerlock/lifecycle/testing';
import { positionOf } from '@offerlock/projection';
import { createTestInstallation } from './test-installation.ts';

const begin = Date.UTC(2026, 4, 1, 12);

/** An installation whose projection holds what the events have come to, all of customer ann. */
async function installationAfter(...events: readonly Partial<WebActionEvent>[]) {
  const states = new Map<string, OfferState>();
  for (const [index, fields] of events.entries()) {
    const event = eventOf('offered', {
      eventId: `event-${index}`,
      actionMapVersion: 2,
      occurredAt: begin + index * 1000,
      ...fields,
    });
    const folded = fold(foldDefaults, states.get(event.actionMapId) ?? null, {
      event,
      offset: BigInt(index),
    });
    if ('state' in folded) states.set(event.actionMapId, folded.state);
  }
  const installation = createTestInstallation();
  await installation.projection.store().save(
    [...states].map(([actionMapId, state]) => ({
      key: { customer: 'default/ann', actionMapId },
      position: positionOf(1, 5n),
      stateJson: JSON.stringify(state),
      before: null,
    })),
  );
  return installation;
}

test('a locked map shows its path with times and durations', async () => {
  const installation = await installationAfter(
    { actionState: 'qualified' },
    { actionState: 'offered', occurredAt: begin + 1500 },
    { actionState: 'accepted', occurredAt: begin + 63_500 },
    { actionState: 'rejected', occurredAt: begin + 63_620 },
  );
  const { exitCode, stdout } = await installation.offerlock('inspect ann');
  expect(exitCode).toBe(0);
  expect(stdout).toBe(`Customer default/ann: 1 action map, 1 locked.

map-1 (version 2, webchat): LOCKED by rejected since 2026-05-01 12:01:03.620 UTC
  action action-1, attempt 1
  offered once, session session-1
    2026-05-01 12:00:00.000 UTC  qualified
    2026-05-01 12:00:01.500 UTC  offered    after 1.5 s
    2026-05-01 12:01:03.500 UTC  accepted   after 1 min 2 s
    2026-05-01 12:01:03.620 UTC  rejected   after 120 ms
  position 000000000001:0000000000000005`);
});

test('errors, earlier attempts, earlier actions and waiting events are shown', async () => {
  const installation = await installationAfter(
    { actionId: 'action-0' },
    { actionState: 'offered' },
    { actionState: 'errored', errorCode: '00045', errorMessage: 'The widget broke.' },
    { actionState: 'offered' },
    { actionState: 'engaged' },
    { actionMapId: 'map-2', actionState: 'started' },
    { actionMapId: 'map-3', actionState: 'offered' },
    { actionMapId: 'map-3', actionState: 'errored', errorMessage: 'No network.' },
  );
  const { stdout } = await installation.offerlock('inspect default/ann');
  expect(stdout).toContain('3 action maps, none locked');
  expect(stdout).toContain(
    'map-1 (version 2, webchat): offered since 2026-05-01 12:00:03.000 UTC, not locked, pending',
  );
  expect(stdout).toContain('action action-1, attempt 2\n  offered 3 times');
  expect(stdout).toContain('before: action action-0 (offered)');
  expect(stdout).toContain('before: earlier attempt (offered, errored)');
  expect(stdout).toMatch(/waits for its predecessor: engaged of action action-1, .* offset 4/);
  expect(stdout).toContain('map-2 (version 2, webchat): pending, nothing applied yet');
  expect(stdout).toContain('error: No network.');
});

test('as JSON it is the state itself', async () => {
  const installation = await installationAfter({ actionState: 'offered' });
  const { stdout } = await installation.offerlock('inspect ann --json');
  expect(JSON.parse(stdout)).toMatchObject({
    customer: 'default/ann',
    offers: [{ actionMapId: 'map-1', state: { status: 'offered', timesOffered: 1 } }],
  });
});

test('an unknown customer is a clear answer', async () => {
  const installation = await installationAfter({});
  const { exitCode, stdout, stderr } = await installation.offerlock('inspect ann --tenant other');
  expect(exitCode).toBe(1);
  expect(stdout).toBe('');
  expect(stderr).toContain('Nothing is known of customer other/ann');
});

test('a state that cannot be read is named', async () => {
  const installation = createTestInstallation();
  await installation.projection.store().save([
    {
      key: { customer: 'default/ann', actionMapId: 'map-1' },
      position: positionOf(1, 5n),
      stateJson: '{',
      before: null,
    },
  ]);
  const { exitCode, stderr } = await installation.offerlock('inspect ann');
  expect(exitCode).toBe(1);
  expect(stderr).toBe('offerlock: the state of default/ann, action map map-1, is not JSON');
});
