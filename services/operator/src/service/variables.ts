import { httpUrl, secret, variables } from '@offerlock/config';

/** Of the trigger, or of the installation in one process. */
export const serviceVariables = variables({
  OFFERLOCK_URL: {
    help: 'Address of the trigger, or of `npm start`.',
    value: httpUrl(),
    default: 'http://127.0.0.1:8080',
  },
  OFFERLOCK_KEY: {
    help: 'Server key of the tenant, where the service asks for one.',
    value: secret(),
    optional: true,
  },
});
