// What the server may do, from the options of `serve`: checked where it starts, and where somebody asks whether it would.
import type { OperatorPolicy } from '../../../src/plan/operator-policy/rules.ts';
import type { TrustOptions } from '../../../src/site/signers.ts';
import { locationsOfWrapped } from '../../../src/wassette/command-locations.ts';
import { findOperatorPolicy, type LocationFlags } from '../../../src/wassette/locations.ts';
import type { HttpFlags } from '../../http-wassette.ts';
import {
  chosenAllowDirs,
  chosenAllowRemote,
  chosenApproval,
  chosenFindings,
  defaultAllowDirs,
  type ServerOptions,
} from '../../mcp/server-options.ts';
import { chosenWriting } from '../../mcp/writing-options.ts';
import { IMPORTING } from './flags.ts';
import { type LocationOptions, locationsIn } from './locations.ts';

export interface ServeOptions extends LocationOptions, HttpFlags, TrustOptions {
  allowDir?: string[];
  readOnly?: boolean;
  neverWiden?: boolean;
  recipient?: string[];
  identity?: string[];
  passphraseFile?: string;
  approval?: string;
  approvals?: string;
  label?: string[];
  planLifetime?: string;
  allowFinding?: string[];
}

/**
 * @param wrapped the command after `--` that starts Wassette, or null to serve our tools alone
 * @throws UsageError USAGE_BAD_ARGUMENT; and as whatever reads the files that the options name
 */
export async function serverOptionsOf(
  options: ServeOptions,
  wrapped: readonly string[] | null,
): Promise<ServerOptions> {
  await refuseContradictions(options);
  const locations = locationsIn(options);
  const policy = await operatorPolicy(locations, wrapped);
  return {
    locations,
    allowDirs: options.allowDir === undefined ? defaultAllowDirs() : chosenAllowDirs(options.allowDir),
    allowRemote: chosenAllowRemote(options.allowRemote),
    readOnly: options.readOnly ?? false,
    neverWiden: options.neverWiden ?? false,
    ...(await sealingKeysOf(options)),
    approval: chosenApproval(options.approval, options.planLifetime),
    allowFindings: chosenFindings(options.allowFinding),
    policy,
    trust: { allowedSigners: options.allowedSigners, requireSignature: options.requireSignature },
    writing: await chosenWriting(options, policy),
    http: { wassetteUrl: options.wassetteUrl, allowRemote: options.allowRemote },
  };
}

/** Read now, so that what is wrong with them is said to the operator, and not to an agent. Nobody is asked for a passphrase. */
async function sealingKeysOf(
  options: ServeOptions,
): Promise<Pick<ServerOptions, 'recipients' | 'decryptionKey'>> {
  if (options.recipient === undefined && options.identity === undefined) return {};
  const { identitiesNamed, recipientsNamed } = await import('../keys/sealing-keys.ts');
  const identities = await identitiesNamed({ ...options, json: true }, new AbortController().signal);
  return {
    recipients: options.recipient && (await recipientsNamed(options.recipient)),
    decryptionKey: identities?.join('\n'),
  };
}

/** The parser of a policy is loaded only where there is one. */
async function operatorPolicy(
  locations: LocationFlags,
  wrapped: readonly string[] | null,
): Promise<OperatorPolicy | null> {
  if (findOperatorPolicy(locations) === null) return null;
  const { assertOutside, readOperatorPolicy } = await import('../../../src/site/operator-policy/file.ts');
  const policy = await readOperatorPolicy(locations);
  if (policy === null || wrapped === null) return policy;
  const { componentDir } = await locationsOfWrapped(wrapped.slice(1));
  if (componentDir !== undefined) assertOutside(policy.file, componentDir);
  return policy;
}

/** What agents may bring, where they may bring nothing. */
async function refuseContradictions(options: ServeOptions): Promise<void> {
  const { identity, readOnly } = options;
  if (identity !== undefined && !readOnly) return;
  const { refuseUnused } = await import('../options/unused.ts');
  if (identity === undefined) refuseUnused(options, ['passphraseFile'], 'without --identity');
  if (readOnly) refuseUnused(options, IMPORTING, 'with --read-only, which offers no import');
}
