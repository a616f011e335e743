/** Routes of this process, for whoever composes several processes into one. */
export const triggerService = 'trigger';
