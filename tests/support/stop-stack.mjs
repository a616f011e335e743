/** Jest's global teardown of the `stack` project. A run that never gets here leaves nothing behind either. */
export default async function tearDown() {
  await globalThis.offerlockStack?.stop();
}
