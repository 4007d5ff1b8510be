// The operator's options of the server. They always win over what a model asks for.
import { statSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import path from 'node:path';
import { quoted } from '../../src/codec/safe-text.ts';
import { secondsIn } from '../../src/codec/span.ts';
import { findingIdsIn } from '../../src/credentials/finding-id.ts';
import { assertAllowed } from '../../src/disk/paths/fence.ts';
import { PolicyError, showInvisible, UsageError } from '../../src/errors.ts';
import { RemoteFence } from '../../src/net/remote-fence.ts';
import { atPath, fileOf, isRemote, parseReference, type Reference } from '../../src/places/reference.ts';
import { isWithin } from '../../src/plan/directory-grants.ts';
import type { OperatorPolicy } from '../../src/plan/operator-policy/rules.ts';
import type { TrustOptions } from '../../src/site/signers.ts';
import type { LiveWassette } from '../../src/wassette/live/live-wassette.ts';
import { type LocationFlags, realPathAsFarAsItExists } from '../../src/wassette/locations.ts';
import type { HttpFlags } from '../http-wassette.ts';
import { listsIn } from '../text-list.ts';

/** Who approves an import, where it is not the person at the client. */
export interface OperatorApproval {
  /** `signed`: only approvals in writing count. */
  by: 'operator' | 'signed';
  /** How long a plan waits, in seconds. */
  planLifetime: number;
}

export interface ServerOptions {
  locations: LocationFlags;
  /** Real paths below which files may be read and written. */
  allowDirs: readonly string[];
  /** Prefixes of places on other machines that may be read and written. */
  allowRemote: readonly string[];
  readOnly: boolean;
  neverWiden: boolean;
  /** For whom agents may have secrets sealed; undefined where they may not export any. */
  recipients?: readonly string[] | undefined;
  /** What opens sealed secrets; undefined where agents may not import any. */
  decryptionKey?: string | undefined;
  /** The approvals in writing that count here, and what this host is for them; left out where none do. */
  writing?: { approvals: string; labels: readonly string[] } | undefined;
  /** Left out where the person at the client is asked. */
  approval?: OperatorApproval | undefined;
  /** Ids of what looks like a credential and may be exported. */
  allowFindings?: readonly string[] | undefined;
  /** What any import may bring at most, as it was when the server started. */
  policy?: OperatorPolicy | null | undefined;
  /** Whose signatures count; by default those of the user's own file, and none is needed. */
  trust?: TrustOptions | undefined;
  /** How it is reached, where it is over HTTP. */
  http?: HttpFlags | undefined;
  /** The Wassette that runs on the component directory, where this server can reach it. */
  live?: LiveWassette | undefined;
}

const DEFAULT_LIFETIME = '7d';
/** In days. */
const LONGEST_LIFETIME = 90;

/**
 * @param who the value of `--approval` @param planLifetime that of `--plan-lifetime`
 * @throws UsageError USAGE_BAD_ARGUMENT
 */
export function chosenApproval(
  who: string | undefined,
  planLifetime: string | undefined,
): OperatorApproval | undefined {
  if (who === 'signed' && planLifetime === undefined) return { by: who, planLifetime: 0 };
  if (who === 'operator') return { by: who, planLifetime: lifetimeIn(planLifetime ?? DEFAULT_LIFETIME) };
  if (who !== undefined && who !== 'ask' && who !== 'signed')
    throw new UsageError('USAGE_BAD_ARGUMENT', `nobody is called ${quoted(who)} in --approval`, {
      hint: 'ask is the person at the client, operator is whoever approves in a terminal, and signed is who approves in writing',
    });
  if (planLifetime !== undefined)
    throw new UsageError('USAGE_BAD_ARGUMENT', '--plan-lifetime is for plans that wait for the operator', {
      hint: 'add --approval operator, or leave it out: other plans wait for an hour',
    });
  return undefined;
}

function lifetimeIn(text: string): number {
  const seconds = secondsIn(text) ?? 0;
  if (seconds > 0 && seconds <= LONGEST_LIFETIME * 86_400) return seconds;
  throw new UsageError(
    'USAGE_BAD_ARGUMENT',
    `--plan-lifetime ${quoted(text)} is not a time that a plan can wait`,
    {
      hint: `give a number with m for minutes, h for hours or d for days, of at most ${LONGEST_LIFETIME} days: 12h`,
    },
  );
}

/** The default: the working directory, unless the user's home is that or below it. */
export function defaultAllowDirs(cwd = process.cwd(), homes = homesOfUser()): string[] {
  const real = realPathAsFarAsItExists(cwd);
  const holdsAll =
    real === path.parse(real).root || homes.some((home) => isWithin(realPathAsFarAsItExists(home), real));
  return holdsAll ? [] : [real];
}

/** The home directory by the environment and by the system, which need not agree. */
function homesOfUser(): string[] {
  const homes = [homedir()];
  try {
    homes.push(userInfo().homedir);
  } catch {
    // a user whom the system does not know
  }
  return homes.filter((home) => path.isAbsolute(home));
}

/**
 * The operator's choice as real paths. They must exist: nobody can know now what a directory made later will be.
 * @throws UsageError USAGE_BAD_ARGUMENT
 */
export function chosenAllowDirs(directories: readonly string[]): string[] {
  return directories.map((directory) => {
    if (isDirectory(directory)) return realPathAsFarAsItExists(directory);
    throw new UsageError(
      'USAGE_BAD_ARGUMENT',
      `--allow-dir ${quoted(directory)} is not a directory that can be reached`,
      { hint: 'make the directory first, or name one that is there' },
    );
  });
}

/** The operator's choice, as it was given. @throws UsageError USAGE_BAD_ARGUMENT */
export function chosenAllowRemote(prefixes: readonly string[] = []): readonly string[] {
  RemoteFence.of(prefixes);
  return prefixes;
}

/** The operator's choice of findings, each text one or several of them. @throws UsageError USAGE_BAD_ARGUMENT */
export function chosenFindings(texts: readonly string[] = []): string[] {
  return [...findingIdsIn(listsIn(texts))];
}

function isDirectory(directory: string): boolean {
  try {
    return directory !== '' && statSync(directory).isDirectory();
  } catch {
    return false;
  }
}

/**
 * Accepts only references that the operator allowed: to the local store, to files below an allowed directory, and to
 * allowed places on other machines.
 * Returns the reference with a file's real path; whoever opens it has to check again, by the open directory.
 * @throws PolicyError POLICY_OUTSIDE_FENCE; UsageError when it is not a reference, or could not be shown
 */
export function fencedReference(text: string, server: ServerOptions): Reference {
  const reference = parseReference(text);
  if (isRemote(reference)) {
    RemoteFence.of(server.allowRemote).assertIncludes(reference.remote, reference.text);
    return reference;
  }
  const file = fileOf(reference);
  if (file === null) return reference;
  // The folder is resolved, the last part is not: a link in its place is refused when it is opened.
  const real = path.join(realPathAsFarAsItExists(path.dirname(file)), path.basename(file));
  assertAllowed(real, server.allowDirs);
  if (showInvisible(real) === real) return atPath(reference, real);
  throw new UsageError('USAGE_BAD_ARGUMENT', `the path ${real} has an invisible character`, {
    hint: 'agents pass paths on in words, so use one of characters that can be seen',
  });
}

/**
 * What agents may do with secrets is the operator's choice, and no argument of a tool holds a key.
 * @throws PolicyError POLICY_OUTSIDE_FENCE where secrets are asked for, and the operator gave no key for them
 */
export function assertKeyFor(doing: 'export' | 'import', { recipients, decryptionKey }: ServerOptions): void {
  if ((doing === 'export' ? recipients : decryptionKey) !== undefined) return;
  throw new PolicyError('POLICY_OUTSIDE_FENCE', `the operator has not allowed agents to ${doing} secrets`, {
    hint: 'leave the secrets out; only the operator can allow it, where this server is started',
  });
}
