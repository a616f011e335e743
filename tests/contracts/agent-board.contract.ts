import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { AgentBoard } from '@offerlock/projection';
import { until } from '../support/until.ts';

export interface BoardUnderTest {
  readonly board: AgentBoard;
  readonly otherBoard: AgentBoard;
  close(): Promise<void>;
}

/** What every adapter of the agent board does alike. */
export function agentBoardContract(adapter: string, open: () => Promise<BoardUnderTest>): void {
  describe(`the contract of the agent board, on ${adapter}`, () => {
    let under: BoardUnderTest;
    beforeAll(async () => {
      under = await open();
    });
    afterAll(() => under.close());

    const inOrder = async () =>
      (await under.otherBoard.announcements()).toSorted((left, right) =>
        `${left.tenantId}/${left.actionTargetId}` < `${right.tenantId}/${right.actionTargetId}` ? -1 : 1,
      );

    const isKnown = async (tenantId: string) =>
      (await inOrder()).some((announcement) => announcement.tenantId === tenantId);

    test('where nothing is announced nothing is known', async () => {
      expect(await under.board.announcements()).toEqual([]);
    });

    test('announcements of all tenants are seen by everybody; a later one replaces an earlier one', async () => {
      const later = Date.now() + 600_000;
      const one = { tenantId: 'one', actionTargetId: 'sales', agentsOnQueue: 3, until: later };
      const other = { tenantId: 'other', actionTargetId: 'sales', agentsOnQueue: 0, until: later };
      const help = { tenantId: 'one', actionTargetId: '__proto__', agentsOnQueue: 1, until: later };
      for (const announcement of [one, other, help]) await under.board.announce(announcement);
      expect(await inOrder()).toEqual([help, one, other]);
      const changed = { ...one, agentsOnQueue: 0, until: later + 1 };
      await under.otherBoard.announce(changed);
      expect(await inOrder()).toEqual([help, changed, other]);
    });

    test('an announcement counts until its time, and its target may be announced again', async () => {
      const brief = { tenantId: 'brief', actionTargetId: 'sales', agentsOnQueue: 3 };
      await under.board.announce({ ...brief, until: Date.now() + 50 });
      await until('it is over', async () => !(await isKnown('brief')));
      await under.board.announce({ ...brief, until: Date.now() + 600_000 });
      expect(await isKnown('brief')).toBe(true);
    });

    test('an announcement that is over when it is made counts for nothing', async () => {
      const over = { tenantId: 'over', actionTargetId: 'sales', agentsOnQueue: 3, until: Date.now() - 1 };
      await under.board.announce(over);
      expect(await isKnown('over')).toBe(false);
    });
  });
}
