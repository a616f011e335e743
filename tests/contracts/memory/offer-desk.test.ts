import { createMemoryProjection } from '@offerlock/projection/memory';
import { agentBoardContract } from '../agent-board.contract.ts';
import { offerDeskContract, unreadyDeskContract } from '../offer-desk.contract.ts';
import { progressContract } from '../progress.contract.ts';

async function open() {
  const projection = createMemoryProjection();
  return {
    store: projection.store(),
    otherStore: projection.store(),
    desk: projection.desk(),
    otherDesk: projection.desk(),
    progressReader: projection.progressReader(),
    board: projection.agentBoard(),
    otherBoard: projection.agentBoard(),
    takeReadyAway: async () => projection.setReady(false),
    close: async () => {},
  };
}

offerDeskContract('memory', open);
unreadyDeskContract('memory', open);
progressContract('memory', open);
agentBoardContract('memory', open);
