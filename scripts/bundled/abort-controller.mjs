// In the place of the package `abort-controller`, from before Node had this: its class loses its name where it is made small,
// and then `node-fetch` does not know it.
const { AbortController } = globalThis;
export default AbortController;
