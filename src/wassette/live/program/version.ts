// Asks the program of a wrapped Wassette for its version.
import { statSync } from 'node:fs';
import path from 'node:path';
import { versionInAnswer, type WassetteVersion } from '../../../policy/wassette-versions.ts';
import { OneShot } from './one-shot.ts';

const TIMEOUT_MS = 3_000;
const MOST_ANSWER_BYTES = 4 * 1024;

/**
 * Asks for the version of `program` when it is first needed, and keeps it. Null when the program does not answer with a
 * version in time, or when its file was replaced by then: what runs is what was started.
 */
export function versionAsker(
  program: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): () => Promise<WassetteVersion | null> {
  const identity = () => identityOf(program[0]!, env.PATH ?? '');
  const started = identity();
  let answer: Promise<WassetteVersion | null> | undefined;
  return () => (answer ??= identity() === started ? askVersion(program, env) : Promise.resolve(null));
}

function identityOf(file: string, searchPath: string): string | null {
  const places = file.includes(path.sep) ? [''] : searchPath.split(path.delimiter);
  for (const place of places) {
    const found = statSync(path.join(place, file), { throwIfNoEntry: false });
    if (found?.isFile()) return [found.dev, found.ino, found.size, found.mtimeMs].join(' ');
  }
  return null;
}

/** Null when it does not answer with a version in time. */
export async function askVersion(
  program: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<WassetteVersion | null> {
  const asking = new OneShot([...program, '--version'], env, 'stdout');
  const timer = setTimeout(asking.stop, TIMEOUT_MS);
  let answer = '';
  asking.output.on('data', (chunk: Buffer) => {
    answer += chunk.toString('latin1');
    if (answer.length > MOST_ANSWER_BYTES) asking.stop();
  });
  const code = await asking.ended;
  clearTimeout(timer);
  return code === 0 ? versionInAnswer(answer) : null;
}
