// `wassette-state serve` without a command: our tools alone, on standard input and output. Starting reads and writes nothing.
import { safeText } from '../../../src/codec/safe-text.ts';
import { MessageLines } from '../../messages/lines.ts';
import { serveInside } from '../server.ts';
import type { ServerOptions } from '../server-options.ts';
import { Session } from './session.ts';

/** A client that closed our input waits about two seconds before it kills. */
const SHUTDOWN_MS = 900;

/** Serves until the input ends, the output closes or a signal asks to stop; then calls in flight are aborted. */
export async function serve(options: ServerOptions): Promise<void> {
  const session = new Session({
    send: (to, text) => (to === 'own' ? own.receive(text) : toClient(text)),
    onProblem: (problem) => console.error(`wassette-state: ${safeText(problem)}`),
  });
  const own = await serveInside(options, (text) => session.receive('own', text));
  const stop = () => {
    setTimeout(() => process.exit(0), SHUTDOWN_MS).unref();
    // Closing aborts the signal of every call in flight; each ends before or after its commit, never within.
    void own.close().finally(() => setImmediate(() => process.stdin.destroy()));
  };
  const lines = new MessageLines(process.stdin, process.stdout, {
    onLine: (line) => session.receive('client', line),
    onTooLong: (line) => session.receiveTooLong(line),
    onEnd: stop,
  });
  const toClient = (text: string) => {
    if (lines.send(text)) return;
    // A client that does not read what it asked for may ask for no more.
    lines.pause();
    lines.whenDrained(() => lines.resume());
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, stop);
}
