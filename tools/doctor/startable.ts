// Whether the server of an entry would start: its program is there, and it takes its options. Nothing is started for it.
import path from 'node:path';
import { quoted } from '../../src/codec/safe-text.ts';
import { ownWords as messageOf, StateError, VerificationError } from '../../src/errors.ts';
import { programFile } from '../../src/wassette/live/program/search-path.ts';
import { mayBeThere, realPathAsFarAsItExists } from '../../src/wassette/locations.ts';
import { flagsIn, LOCATION_FLAGS, parseFlags, SERVE_FLAGS } from '../cli/commands/flags.ts';
import { type ServeOptions, serverOptionsOf } from '../cli/commands/serve-options.ts';
import type { Client, Machine } from '../install/clients.ts';
import { isReplaced, type Launch, ownWords, wrappedBy } from '../install/launch.ts';
import { thisProgram } from '../install/machine.ts';
import { assertWrappable } from '../wrap/child/command.ts';

const KNOWN = { ...LOCATION_FLAGS, ...SERVE_FLAGS };

/** What keeps a server of ours from starting, as a problem of its client; none where nothing is known to. */
export async function whyNotStarted(
  launch: Launch,
  { id, name }: Client,
  machine: Machine,
): Promise<StateError[]> {
  const why = missingProgram(launch, machine) ?? unknownOption(launch, machine) ?? (await refusal(launch));
  if (why === null) return [];
  const problem = new VerificationError(
    'VERIFY_NO_SESSION',
    `${name} is set up to start a server that cannot start: ${why}`,
    {
      hint: `correct its entry, or have it written anew: wassette-state install ${id}`,
    },
  );
  return [problem];
}

/** Node, and the files before `serve`. */
function missingProgram({ command, args }: Launch, { env }: Machine): string | null {
  if (isReplaced(command)) return null;
  if (programFile(command, env.PATH ?? '') === null) return `there is no program ${quoted(command)}`;
  const files = args.slice(0, Math.max(args.indexOf('serve'), 0)).filter((word) => path.isAbsolute(word));
  const missing = files.find((file) => !isReplaced(file) && !mayBeThere(file));
  return missing === undefined ? null : `there is no ${quoted(missing)}`;
}

/** Only of this very program: another version knows others. */
function unknownOption(launch: Launch, machine: Machine): string | null {
  const { program } = thisProgram(machine);
  if (!launch.args.some((word) => path.isAbsolute(word) && realPathAsFarAsItExists(word) === program))
    return null;
  const words = ownWords(launch);
  if (parseFlags(words, KNOWN) !== null) return null;
  const unknown = flagsIn(words, KNOWN).find(([flag]) => KNOWN[flag!.slice(2)] === undefined);
  return unknown === undefined
    ? 'one of its options lacks its value, or has one and takes none'
    : `it has no option ${quoted(unknown[0]!)}`;
}

/** By the checks with which it starts. What depends on where the client starts it cannot be said here. */
async function refusal(launch: Launch): Promise<string | null> {
  const { command, flags } = wrappedBy(launch);
  try {
    const options = await serverOptionsOf(sameEverywhere(flags), command.length === 0 ? null : command);
    if (command.length > 0) assertWrappable(command, options);
    return null;
  } catch (error) {
    if (error instanceof StateError) return messageOf(error);
    throw error;
  }
}

const FILES = ['allowDir', 'policy', 'allowedSigners', 'approvals', 'identity', 'passphraseFile'] as const;

/** Without what is relative to a folder, or what the client replaces. */
function sameEverywhere(flags: object): ServeOptions {
  const isHere = (value: unknown) =>
    typeof value === 'string' && path.isAbsolute(value) && !isReplaced(value);
  const kept = Object.entries(flags).flatMap(([name, value]) => {
    if (!(FILES as readonly string[]).includes(name)) return [[name, value]];
    if (!Array.isArray(value)) return isHere(value) ? [[name, value]] : [];
    const here = value.filter(isHere);
    return here.length === 0 ? [] : [[name, here]];
  });
  return Object.fromEntries(kept) as ServeOptions;
}
