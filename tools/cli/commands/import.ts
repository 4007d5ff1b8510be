// `wassette-state import`: review, ask, apply.

import { minutesOf } from '../../../src/disk/clock.ts';
import { thisMoment } from '../../../src/disk/moment.ts';
import { type PolicyError, StoreError, UsageError } from '../../../src/errors.ts';
import { applyImport, proposeImport, recallImport, refuseUnverified } from '../../../src/import.ts';
import { openSnapshotBy } from '../../../src/open.ts';
import type { Reference } from '../../../src/places/reference.ts';
import type { AllowedGrant } from '../../../src/plan/target.ts';
import type { Proposal, ProposalOptions, Settled, UsedPlan } from '../../../src/site/approval/approval.ts';
import { outcomeOf } from '../../../src/site/approval/plan-outcome.ts';
import { assertSameImport } from '../../../src/site/approval/same-import.ts';
import type { ImportResult } from '../../../src/site/import/applying.ts';
import { readOperatorPolicy } from '../../../src/site/operator-policy/file.ts';
import type { TrustOptions } from '../../../src/site/signers.ts';
import { openSite, type Site } from '../../../src/site/site.ts';
import type { Snapshot } from '../../../src/site/snapshot.ts';
import { keptDigest } from '../../../src/state/kept-plans.ts';
import { readUndoRecords } from '../../../src/state/undo-records.ts';
import { commandLine, hidesSome, sameCommand } from '../../command-line.ts';
import { type HttpFlags, wassetteAt } from '../../http-wassette.ts';
import { listsIn, splitPair } from '../../text-list.ts';
import { askingHere, withoutAQuestion } from '../approver.ts';
import { givenArguments } from '../options/given.ts';
import { type OverlayFlags, overlayIn } from '../options/overlay.ts';
import { canAsk, Unasked } from '../question.ts';
import { STANDARD, withSnapshotAt } from '../standard-streams.ts';
import {
  interruptSignal,
  print,
  printCommand,
  printJson,
  printWhereAsked,
  progressLine,
  tell,
  tellCommand,
  warn,
  wrapped,
} from '../terminal.ts';
import { type LocationOptions, locationsIn } from './locations.ts';
import {
  printEarlier,
  printNothingToDo,
  printResult,
  printReview,
  shownPlan,
  tellReview,
} from './plan-output.ts';
import type { PageOptions } from './review-page.ts';

export interface ImportCommandOptions extends LocationOptions, HttpFlags, TrustOptions, OverlayFlags {
  components?: string[];
  skipExisting?: boolean;
  removeExtra?: boolean;
  includeSecrets?: boolean;
  identity?: string[];
  passphraseFile?: string;
  allowGrant?: string[];
  approvals?: string;
  label?: string[];
  dryRun?: boolean;
  approve?: string;
  yes?: boolean;
  verify?: boolean;
  force?: boolean;
}

interface Importing extends ImportCommandOptions {
  /** Of a review: it ends with a page instead of an import. */
  page?: PageOptions;
  /** Whether standard input is the snapshot. */
  isInputTaken: boolean;
}

/** `wassette-state review`: an import that ends with its plan, as a page. */
export async function runReview(
  reference: string,
  { html, open, ...options }: ImportCommandOptions & PageOptions,
): Promise<void> {
  const { refuseBesidePage } = await import('./review-page.ts');
  refuseBesidePage({ ...options, html, open });
  await runImport(reference, options, { html, open });
}

/** @param page of a review */
export async function runImport(
  reference: string,
  options: ImportCommandOptions,
  page?: PageOptions,
): Promise<void> {
  refuseContradictions(options);
  refuseUnverified({ verifyChecksums: options.verify });
  const signal = interruptSignal();
  const isInputTaken = reference === STANDARD;
  await withSnapshotAt(reference, signal, (at) =>
    importFrom(at, { ...options, isInputTaken, ...(page && { page }) }, signal),
  );
}

async function importFrom(
  reference: string | Reference,
  options: Importing,
  signal: AbortSignal,
): Promise<void> {
  const policy = await readOperatorPolicy(locationsIn(options));
  const labels = options.label && listsIn(options.label);
  if (options.approvals !== undefined || labels !== undefined) {
    const { assertWriting } = await import('../../../src/site/written-approval/found-approvals.ts');
    assertWriting({ approvals: options.approvals, labels, policy });
  }
  const locating: ProposalOptions = {
    ...locationsIn(options),
    policy,
    live: await wassetteAt({ ...options, isAlsoForCode: true }),
    fetchFrom: options.allowRemote,
    componentFilter: options.components,
    skipExisting: options.skipExisting,
    removeExtra: options.removeExtra,
    force: options.force,
    approvals: options.approvals,
    labels,
    allowedSigners: options.allowedSigners,
    requireSignature: options.requireSignature,
    allowGrants: options.allowGrant?.map(grantIn),
    ...overlayIn(options),
    signal,
    onProgress: options.json ? undefined : progressLine(),
  };
  const site = await openSite(locating);
  const digest = options.approve === undefined ? null : await planDigest(options.approve, site);
  const before = digest === null ? null : await outcomeOf(digest, site, signal);
  const answered = { reference, site, signal };
  if (before !== null && before.became !== 'waiting' && (await isAnswered(before, answered, options))) return;

  const reading = options.json ? undefined : progressLine();
  const { requireSignature } = options;
  const opening = { ...locationsIn(options), requireSignature, signal, onProgress: reading };
  const snapshot = await openSnapshotBy(reference, opening, site);
  if (options.verify) await snapshot.validate();
  const { includeSecrets } = options;
  const decryptionKey = await decryptionKeyFor(snapshot, options, signal);
  const importOptions: ProposalOptions = { ...locating, includeSecrets, decryptionKey };
  if (!options.json && !options.page) for (const note of snapshot.notes) warn(wrapped('note: ', note));

  if (digest !== null && before?.became === 'waiting') {
    const proposal = await recallImport(digest, snapshot, site, importOptions);
    const settled =
      proposal.became === 'waiting' ? await proposal.settle(withoutAQuestion('command-line')) : proposal;
    if (settled.became === 'applied') return done(settled, options);
    if (await isAnswered(settled, answered, options)) return;
  }
  if (options.yes) {
    const result = await applyImport(snapshot, site, { ...importOptions, approval: 'all' });
    if (!options.json) {
      tell('Nobody was asked: --yes applies an import without a question.');
      tellReview(result.plan, 'Import');
    }
    done(result, options);
    return;
  }
  const proposal = await proposeImport(snapshot, site, importOptions);
  if (options.page !== undefined) {
    const { writeReview } = await import('./review-page.ts');
    return writeReview(proposal, snapshot.notes, site.host, options.page, options.json ?? false);
  }
  const { plan, writing } = proposal;
  const isInWriting = writing?.isWhole ?? false;
  const asks = !options.dryRun && !isInWriting && canAsk(options, options.isInputTaken);
  if (asks) printWhereAsked();
  if (!options.json && isInWriting) tellReview(plan, 'Import', writing);
  else if (!options.json) printReview(plan, 'Import', [], writing);
  if (plan.sentences.length === 0) {
    if (options.json) printJson(shownPlan(plan));
    else printNothingToDo(plan);
    return;
  }
  if (!options.json && (await site.host.components.isUnfinished()))
    tellCommand('To finish the interrupted import first:', commandLine(['recover'], options));
  if (options.dryRun) return keepForLater(proposal, options);
  if (isInWriting) return done(await proposal.settle(withoutAQuestion('nobody-asked')), options);
  if (!asks) throw await mustApprove(proposal, options);
  done(
    await proposal.settle(
      askingHere('Apply this?', 'narrow it with --components, or leave it', signal, options.isInputTaken),
    ),
    options,
  );
}

/** What opens the secrets: identities that are named, or else the passphrase with which they were sealed. */
async function decryptionKeyFor(
  snapshot: Snapshot,
  options: Importing,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { identity, includeSecrets = false, passphraseFile } = options;
  if (identity === undefined && !includeSecrets && passphraseFile === undefined) return undefined;
  const { identitiesNamed, passphraseSource } = await import('../keys/sealing-keys.ts');
  const { passphraseFor, passphraseGiven } = await import('../keys/passphrases.ts');
  const identities = await identitiesNamed(options, signal);
  if (identities !== null) return identities.join('\n');
  const source = passphraseSource(options);
  const isByPassphrase = includeSecrets && Boolean(snapshot.document.secret_identity);
  if (isByPassphrase) return passphraseFor('the secrets in the snapshot', source, options, signal);
  return passphraseFile === undefined ? undefined : ((await passphraseGiven(source)) ?? undefined);
}

/** The digest of a plan that is kept, or was applied here. */
async function planDigest(beginning: string, { host }: Site): Promise<string> {
  const used = (await readUndoRecords(host.state)).flatMap(({ plan }) => plan ?? []);
  return keptDigest(host.state, beginning, used, thisMoment());
}

/** Says what an earlier approval of the plan did; false when that was taken back, so that it has to be planned again. */
async function isAnswered(
  used: UsedPlan,
  { reference, site, signal }: { reference: string | Reference; site: Site; signal: AbortSignal },
  options: Importing,
): Promise<boolean> {
  if (used.became === 'being-applied')
    throw new StoreError('STORE_LOCKED', 'another process is applying this plan', {
      hint: 'it is applied once: repeat the command to see what came of it',
    });
  if (used.became === 'taken-back') {
    const said = `this plan was applied, and taken back ${minutesOf(used.at)}: it is planned again`;
    if (!options.json) warn(wrapped('note: ', said));
    return false;
  }
  const { components: componentFilter, skipExisting, removeExtra } = options;
  const asked = { reference, componentFilter, skipExisting, removeExtra, ...overlayIn(options) };
  await assertSameImport(used, asked, site, { ...locationsIn(options), signal });
  printEarlier(used, options);
  return true;
}

function done(result: ImportResult & Partial<Settled>, options: ImportCommandOptions): void {
  printResult(result, options, 'Imported');
}

async function keepForLater(proposal: Proposal, options: ImportCommandOptions): Promise<void> {
  const { plan, writing } = proposal;
  await proposal.keep();
  if (options.json) return printJson(shownPlan(plan, writing));
  const given = givenArguments();
  print('');
  const hidden = hidesSome(given) ? ', with what is not shown of the address' : '';
  printCommand(
    `Nothing was changed. To apply exactly this plan, within an hour${hidden}:`,
    sameCommand(given, { withoutFlags: ['--dry-run'], plus: ['--approve', plan.digest] }),
  );
}

async function mustApprove(proposal: Proposal, options: Importing): Promise<PolicyError> {
  const { plan, writing } = proposal;
  await proposal.keep();
  return new Unasked(shownPlan(plan, writing), options, {
    hint: options.isInputTaken
      ? 'standard input is the snapshot, so it cannot answer: review the plan, and send the snapshot again'
      : 'review the plan',
    remedy: { do: 'approve', digest: plan.digest },
    details: { plan_digest: plan.digest },
  });
}

/** Of `ID=URI`; an id has no `=`. */
function grantIn(pair: string): AllowedGrant {
  const [component_id, entry] = splitPair(pair);
  return { component_id, entry };
}

function refuseContradictions({ approve, yes, dryRun, approvals }: ImportCommandOptions): void {
  if (yes && approvals !== undefined)
    throw new UsageError(
      'USAGE_BAD_ARGUMENT',
      '--yes approves everything, so --approvals would decide nothing',
      {
        hint: 'use one of them',
      },
    );
  const chosen = [approve !== undefined && '--approve', yes && '--yes', dryRun && '--dry-run'].filter(
    Boolean,
  );
  if (chosen.length < 2) return;
  throw new UsageError('USAGE_BAD_ARGUMENT', `${chosen.join(' and ')} contradict each other`, {
    hint: 'use one of them',
  });
}
