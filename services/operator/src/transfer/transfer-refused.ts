/** What is there does not fit to what shall be moved; nothing was overwritten. The message says where and what to do. */
export class TransferRefused extends Error {
  override readonly name = 'TransferRefused';
}

/** The person has asked for the end; a repeat of the command goes on from here. */
export class TransferStopped extends Error {
  override readonly name = 'TransferStopped';
}
