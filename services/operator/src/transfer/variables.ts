import { positiveInteger, text, variables } from '@offerlock/config';

/** Of the installation in one process. */
export const dataDirectoryVariables = variables({
  OFFERLOCK_DATA_DIR: {
    help: 'Data directory of the installation in one process.',
    value: text(),
    default: './data',
  },
});

/** Of the projectors, which go on where the data directory stood. */
export const projectorVariables = variables({
  OFFERLOCK_GROUP_ID: {
    help: 'Consumer group of the projectors.',
    value: text(),
    default: 'offerlock-projector',
  },
});

export const expiryVariables = variables({
  OFFERLOCK_OFFER_TTL_MS: {
    help: 'A customer without any change for so long is forgotten, in ms (default 400 days); counted from the export on.',
    value: positiveInteger(),
    default: '34560000000',
  },
});
