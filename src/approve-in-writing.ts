// The story of an approval in writing: plan the import for this host or one that is assumed, have it reviewed, and sign all that it
// does and allows, for hosts with a label, until a time.
import type { JsonValue } from './codec/json/tree.ts';
import type { SigningKey } from './codec/keys/signing-key.ts';
import type { Blobs } from './disk/blobs/blob.ts';
import { blobsOf, firstOf } from './disk/blobs/blobs.ts';
import { nowSeconds } from './disk/clock.ts';
import { UsageError } from './errors.ts';
import { proposeImport } from './import.ts';
import type { OpenSnapshot } from './places/place.ts';
import type { Plan } from './plan/plan.ts';
import type { Sentence } from './plan/words/sentences.ts';
import type { Allowance } from './plan/written-approval/allowance.ts';
import { allowancesOf, beyondWriting } from './plan/written-approval/coverage.ts';
import { labelsIn } from './plan/written-approval/label.ts';
import { readApproval, signedApproval } from './plan/written-approval/statement.ts';
import { fetchAbsentOf } from './site/code/fetching.ts';
import { desiredBy } from './site/import/desired.ts';
import { type ImportOptions, newNonce, Planning } from './site/import/planning.ts';
import { openSite, type Site } from './site/site.ts';
import { type AssumedHost, assume } from './site/written-approval/assumed-host.ts';

/** What is approved, and for whom. */
export interface DraftOptions extends ImportOptions {
  /** The host that the import is planned for; this one when it is left out. */
  assumed?: AssumedHost | undefined;
}

/** An import that is to be approved in writing. */
export interface ApprovalDraft {
  plan: Plan;
  /** Everything that an approval can be about. */
  allows: readonly Allowance[];
  /** What none can be about: it has to be approved where it happens. */
  beyond: readonly Sentence[];
}

/** For whom, and until when. */
export interface ApprovalTerms {
  /** It counts on hosts that have one of these. */
  labels: readonly string[];
  /** The first second in which it counts no more, since 1970. */
  until: number;
}

/** Plans the import, and changes nothing. @throws as `planImportState`; UsageError USAGE_BAD_ARGUMENT where nothing changes */
export async function draftApproval(snapshot: OpenSnapshot, options: DraftOptions): Promise<ApprovalDraft> {
  const { plan, directories } = await planned(snapshot, options);
  const allows = allowancesOf(plan, directories);
  if (allows.length === 0) {
    throw new UsageError(
      'USAGE_BAD_ARGUMENT',
      'there is nothing to approve: that host runs this state already',
      {
        hint: 'approve it for a host that does not: an empty one, or one of which there is a snapshot',
      },
    );
  }
  return { plan, allows, beyond: beyondWriting(plan, directories) };
}

/** The Sigstore bundle. @throws UsageError USAGE_BAD_ARGUMENT; FormatError FORMAT_INVALID_APPROVAL, FORMAT_LIMIT_EXCEEDED */
export function approveInWriting(
  { plan, allows }: ApprovalDraft,
  key: SigningKey,
  { labels, until }: ApprovalTerms,
): JsonValue {
  const things = { snapshot: plan.source, labels: labelsIn(labels), issuedAt: nowSeconds(), until, allows };
  const bundle = signedApproval(things, key);
  // What is written can be read again.
  readApproval(Buffer.from(JSON.stringify(bundle)), []);
  return bundle;
}

async function planned(snapshot: OpenSnapshot, { assumed, ...options }: DraftOptions) {
  const site = await openSite(options);
  if (assumed === undefined) {
    const { plan, directories } = await proposeImport(snapshot, site, options);
    return { plan, directories };
  }
  const { includeSecrets = false, ...others } = options;
  const desired = await desiredBy(snapshot, site, others);
  const state = assume(assumed, desired.components, snapshot.content, includeSecrets);
  const code = firstOf([await codeOf(site, options.signal), desired.code]);
  const planning = await Planning.assuming({ ...desired, code }, state, options);
  const fetched = await fetchAbsentOf(planning, site, options);
  const plan = planning.plan(newNonce(), await planning.readCode(options));
  await planning.assertAllThere(plan);
  const warnings = [...fetched, ...plan.warnings];
  return { plan: { ...plan, warnings, lacks: NOT_KNOWN }, directories: state.target.directories };
}

/** What this machine has, to be read for the review. */
async function codeOf({ host }: Site, signal: AbortSignal | undefined): Promise<Blobs> {
  const { installed } = await host.components.list();
  const components = await host.components.read(installed, signal);
  return blobsOf(
    components.flatMap((each) => (each.artifact ? [host.codeOf({ ...each, artifact: each.artifact })] : [])),
  );
}

/** Nobody knows what a host lacks that is not looked at. */
const NOT_KNOWN: Plan['lacks'] = { secrets: [], environment: [], directories: [], tool_collisions: [] };
