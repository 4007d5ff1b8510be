// Keeps standard output for the protocol.

/**
 * Sends all printing to stderr, before anything could print. Called and not done when this is loaded: others may load the file
 * in which it comes to lie.
 */
export function keepStdoutForProtocol(): void {
  console.log = console.error;
  console.info = console.error;
  console.debug = console.error;
}
