// What the operator decided when the server was started. It always wins over what a model asks for.
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { safeText } from '../src/codec/safe-text.ts';
import { PolicyError } from '../src/errors.ts';
import type { RunningWassette } from '../src/host/live-wassette.ts';
import { type LocationFlags, realPathAsFarAsItExists } from '../src/host/locations.ts';
import { isWithin } from '../src/model/directory-grants.ts';
import { parseReference } from '../src/places/reference.ts';

export interface ServerOptions {
  locations: LocationFlags;
  /** Real paths below which files may be read and written. */
  allowDirs: readonly string[];
  readOnly: boolean;
  neverWiden: boolean;
  /** The Wassette that runs on the component directory, where this server can reach it. */
  live?: RunningWassette | undefined;
}

/** Without a choice of the operator: the working directory, unless that is everything the user has. */
export function defaultAllowDirs(cwd = process.cwd(), home = homedir()): string[] {
  const real = realPathAsFarAsItExists(cwd);
  return real === path.parse(real).root || real === realPathAsFarAsItExists(home) ? [] : [real];
}

/**
 * Lets only references pass that the operator allowed: the local store, and files below an allowed directory.
 * Returns the reference with a file's real path, so that what was checked is what is opened.
 * @throws PolicyError POLICY_OUTSIDE_FENCE; UsageError for what is no reference
 */
export function fencedReference(text: string, server: ServerOptions): string {
  const reference = parseReference(text);
  if (reference.kind === 'store') return text;
  // The folder is resolved, the last part is not: a link in its place is refused when it is opened.
  const real = path.join(
    realPathAsFarAsItExists(path.dirname(reference.path)),
    path.basename(reference.path),
  );
  assertFenced(real, server);
  return real;
}

/** What may be read of the files that a manifest names. */
export function fenceFor(server: ServerOptions): (realPath: string) => void {
  return (realPath) => assertFenced(realPath, server);
}

function assertFenced(real: string, { allowDirs }: ServerOptions): void {
  if (allowDirs.some((dir) => isWithin(real, dir)) && existsSync(path.dirname(real))) return;
  const allowed = allowDirs.map((dir) => safeText(dir, 400)).join(', ') || 'none';
  throw new PolicyError(
    'POLICY_OUTSIDE_FENCE',
    `${safeText(real, 400)} is outside the directories this server may use (${allowed})`,
    {
      hint: 'use the local store by leaving the file out, or ask the operator to start the server with --allow-dir',
      details: { path: safeText(real, 400), allowed: allowDirs.slice(0, 10) },
    },
  );
}
