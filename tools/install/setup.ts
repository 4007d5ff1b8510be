// What the server is told when a client starts it: directories are named where the client would not find them by itself.
import path from 'node:path';
import { readOperatorPolicy } from '../../src/site/operator-policy/file.ts';
import { acceptedIn } from '../../src/trust.ts';
import {
  type LocationFlags,
  type Locations,
  locationsAfterLogin,
  mayBeThere,
  resolveLocations,
} from '../../src/wassette/locations.ts';
import { hostFlagsElsewhere } from '../command-line.ts';
import { chosenAllowDirs, chosenAllowRemote, chosenApproval, chosenFindings } from '../mcp/server-options.ts';
import { chosenWriting } from '../mcp/writing-options.ts';
import type { Client, Machine } from './clients.ts';
import type { Setup } from './launch.ts';
import { isDirectory } from './machine.ts';
import { type SealingFlags, sealingSetup } from './sealing-setup.ts';

/** What a person asks for. */
export interface SetupFlags extends LocationFlags, SealingFlags {
  allowDir?: readonly string[] | undefined;
  allowRemote?: readonly string[] | undefined;
  readOnly?: boolean | undefined;
  neverWiden?: boolean | undefined;
  approval?: string | undefined;
  approvals?: string | undefined;
  label?: readonly string[] | undefined;
  planLifetime?: string | undefined;
  /** The file of the operator's policy, which has to be one. */
  policy?: string | undefined;
  requireSignature?: boolean | undefined;
  allowFinding?: readonly string[] | undefined;
}

/** What a person tells `install`. */
export interface InstallFlags extends SetupFlags {
  /** The Wassette to start. */
  wassette?: string | undefined;
  /** The file to change, for one client. */
  clientConfig?: string | undefined;
  uninstall?: boolean | undefined;
  force?: boolean | undefined;
}

/** All but the allowed directories, which depend on the client. @throws UsageError USAGE_BAD_ARGUMENT */
export async function setupFor(flags: SetupFlags, { env }: Machine): Promise<Omit<Setup, 'allowDirs'>> {
  const locations = { ...flags, policyFile: flags.policy };
  const here = await resolveLocations(locations, env);
  const rules = await readOperatorPolicy(locations); // a server would not start with one that cannot be read
  const allowedSigners = await signersFileFor(flags, here);
  const elsewhere = await hostFlagsElsewhere(here, {});
  /** What a person names is written though it is the default: a client may have another one by its environment. */
  const named = (flag: 'componentDir' | 'secretsDir' | 'stateDir' | 'policy', real: string) =>
    flags[flag] === undefined ? elsewhere[flag] : real;
  const configFile = env.WASSETTE_CONFIG_FILE;
  const approval = chosenApproval(flags.approval, flags.planLifetime);
  return {
    approval: approval && { by: approval.by, planLifetime: flags.planLifetime },
    writing: await chosenWriting(flags, rules),
    allowRemote: chosenAllowRemote(flags.allowRemote),
    readOnly: flags.readOnly ?? false,
    neverWiden: flags.neverWiden ?? false,
    policy: named('policy', here.policyFile),
    requireSignature: flags.requireSignature ?? false,
    allowedSigners,
    sealing: await sealingSetup(flags),
    allowFindings: chosenFindings(flags.allowFinding),
    stateDir: named('stateDir', here.stateDir),
    componentDir: named('componentDir', here.componentDir),
    secretsDir: named('secretsDir', here.secretsDir),
    configFile: configFile === undefined || configFile === '' ? undefined : path.resolve(configFile),
  };
}

/** Named where a client would not find it. @throws as `acceptedIn`: a server could import nothing signed with one it cannot read */
async function signersFileFor(flags: SetupFlags, { signersFile }: Locations): Promise<string | undefined> {
  const { allowedSigners } = flags;
  if (allowedSigners !== undefined) {
    await acceptedIn(allowedSigners, { mayBeMissing: false });
    return path.resolve(allowedSigners);
  }
  await acceptedIn(signersFile);
  const there = await locationsAfterLogin().catch(() => null); // of a user without an entry
  const isRelevant = flags.requireSignature || flags.approvals !== undefined || mayBeThere(signersFile);
  return isRelevant && signersFile !== there?.signersFile ? signersFile : undefined;
}

/**
 * Those a person chose. Otherwise none where the folder of the project counts; a client that starts elsewhere gets the one
 * into which files from other machines come.
 */
export function allowDirsFor(
  { startsInProject }: Client,
  { allowDir }: SetupFlags,
  { home }: Machine,
): string[] {
  if (allowDir !== undefined) return chosenAllowDirs(allowDir);
  const downloads = path.join(home, 'Downloads');
  return !startsInProject && isDirectory(downloads) ? [downloads] : [];
}
