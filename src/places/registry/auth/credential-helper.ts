// Asks the program in which somebody keeps logins: `docker-credential-<name> get`, the registry's name as its input.
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import * as z from 'zod';
import { parsedJson } from '../../../codec/json/parsed.ts';
import { safeText } from '../../../codec/safe-text.ts';
import type { Credential } from './credential.ts';

const NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$/;
/** Some ask a person to unlock their key store. */
const LONGEST_MS = 60_000;

const AnswerSchema = z.looseObject({ Username: z.string(), Secret: z.string() });
/** In place of a name, where the secret is a token. */
const TOKEN = '<token>';

/** What the helper said; `problem` where it did not do its work, in words that follow its name. */
export type HelperAnswer = { credential: Credential | null } | { problem: string };

/** How a helper is called in errors. */
export function programOf(helper: string): string {
  return `docker-credential-${safeText(helper, 100)}`;
}

export async function askHelper(helper: string, server: string): Promise<HelperAnswer> {
  if (!NAME.test(helper)) return { problem: 'has no name that a program can have' };
  const child = spawn(`docker-credential-${helper}`, ['get'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    timeout: LONGEST_MS,
    killSignal: 'SIGKILL',
  });
  const ended = new Promise<number | string | null>((resolve) => {
    child.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'unknown'));
    child.once('close', resolve);
  });
  child.stdin.on('error', () => undefined); // it need not read its input to the end
  child.stdin.end(server);
  const [said, ending] = await Promise.all([text(child.stdout).catch(() => ''), ended]);
  if (ending === 'ENOENT') return { problem: 'is not installed' };
  if (ending !== 0) return /not found/i.test(said) ? { credential: null } : { problem: 'has failed' };
  const answer = AnswerSchema.safeParse(parsedJson(said));
  if (!answer.success) return { problem: 'answers in an unknown form' };
  const { Username: username, Secret: secret } = answer.data;
  if (secret === '') return { credential: null };
  if (username === TOKEN) return { credential: { kind: 'identity-token', token: secret } };
  return { credential: { kind: 'password', username, password: secret } };
}
