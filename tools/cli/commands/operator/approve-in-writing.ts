// `wassette-state approve <snapshot> --key`: reviews an import, and signs that hosts with a label may make it by themselves.
import { approveInWriting, draftApproval } from '../../../../src/approve-in-writing.ts';
import { counted } from '../../../../src/codec/enumeration.ts';
import { safeText } from '../../../../src/codec/safe-text.ts';
import { nowSeconds } from '../../../../src/disk/clock.ts';
import { PolicyError, UsageError } from '../../../../src/errors.ts';
import { openSnapshot } from '../../../../src/open.ts';
import { assertTakesBundle, writeBundleFile } from '../../../../src/places/bundle-file.ts';
import { labelsIn } from '../../../../src/plan/written-approval/label.ts';
import { timeText, untilFrom } from '../../../../src/plan/written-approval/time.ts';
import { assertNotOurs } from '../../../../src/site/places.ts';
import { openSite } from '../../../../src/site/site.ts';
import type { AssumedHost } from '../../../../src/site/written-approval/assumed-host.ts';
import { commandLine, shellQuoted } from '../../../command-line.ts';
import { identitiesNamed } from '../../keys/sealing-keys.ts';
import { type SigningKeyFlags, signingKeyIn } from '../../keys/signing-keys.ts';
import { type OverlayFlags, overlayIn } from '../../options/overlay.ts';
import { refuseUnused } from '../../options/unused.ts';
import { canAsk, confirm, Unasked } from '../../question.ts';
import {
  interruptSignal,
  print,
  printJson,
  printWhereAsked,
  progressLine,
  tell,
  tellCommand,
  warn,
  wrapped,
} from '../../terminal.ts';
import { type LocationOptions, locationsIn } from '../locations.ts';
import { printReview, shownPlan } from '../plan-output.ts';

export interface ApproveInWritingOptions extends LocationOptions, SigningKeyFlags, OverlayFlags {
  key: string;
  for?: string[];
  until?: string;
  output?: string;
  target?: string;
  empty?: boolean;
  directory?: Record<string, string>;
  components?: string[];
  skipExisting?: boolean;
  removeExtra?: boolean;
  includeSecrets?: boolean;
  identity?: string[];
  passphraseFile?: string;
  allowRemote?: string[];
  yes?: boolean;
}

/** What has to be said of an approval in writing. */
interface Terms {
  labels: readonly string[];
  until: number;
  output: string;
}

export async function runApproveInWriting(
  reference: string | undefined,
  options: ApproveInWritingOptions,
): Promise<void> {
  if (reference === undefined)
    throw new UsageError('USAGE_BAD_ARGUMENT', 'an approval in writing is of a snapshot, and none is named', {
      hint: 'name it before the options',
    });
  const signal = interruptSignal();
  const { labels, until, output } = termsIn(options);
  assertNotOurs(output, (await openSite(locationsIn(options))).host);
  await assertTakesBundle(output);
  const key = await signingKeyIn(options.key, options, signal);
  const onProgress = options.json ? undefined : progressLine();
  const opening = { ...locationsIn(options), signal, onProgress };
  const snapshot = await openSnapshot(reference, opening);
  const identities = await identitiesNamed(options, signal);
  const draft = await draftApproval(snapshot, {
    ...opening,
    assumed: await assumedHost(options, opening),
    componentFilter: options.components,
    skipExisting: options.skipExisting,
    removeExtra: options.removeExtra,
    ...overlayIn(options),
    includeSecrets: options.includeSecrets,
    fetchFrom: options.allowRemote,
    decryptionKey: identities?.join('\n'),
  });
  const { plan, allows, beyond } = draft;
  const asks = !options.yes && canAsk(options);
  if (asks) printWhereAsked();
  if (!options.json) {
    for (const note of snapshot.notes) warn(wrapped('note: ', note));
    printReview(plan, 'Approval in writing');
    print('');
    print(wrapped('for     ', `hosts labelled ${labels.join(', ')}`));
    print(wrapped('until   ', timeText(until)));
    print(wrapped('signer  ', key.publicKey.fingerprint));
    for (const { text } of beyond)
      warn(wrapped('warning: ', `not in it, since nobody can know it elsewhere: ${text}`));
  }
  if (!asks && !options.yes) {
    throw new Unasked(shownPlan(plan), options, {
      hint: 'review it; --yes signs it without a question',
    });
  }
  if (asks) {
    print('');
    if (!(await confirm('Sign this approval?', signal)))
      throw new PolicyError('POLICY_DECLINED', 'not signed; nothing was written', {
        hint: 'change it, or leave it',
      });
  }
  await writeBundleFile(output, approveInWriting(draft, key, { labels, until }));
  if (options.json) {
    printJson({
      ...shownPlan(plan),
      approval: output,
      labels,
      until: timeText(until),
      signer: key.publicKey.fingerprint,
      allows: allows.length,
      not_in_writing: beyond.map(({ text }) => text),
    });
    return;
  }
  tell('');
  tell(wrapped('', `Signed: ${counted(allows.length, 'thing')}, in ${safeText(output, 4_096)}`));
  const file = shellQuoted(output);
  tellCommand(
    'A host with that label, which accepts this signer for approvals, imports it by itself:',
    `${commandLine(['import', reference], {})} --approvals ${file} --label ${labels[0]}`,
  );
}

/** @throws UsageError USAGE_BAD_ARGUMENT */
function termsIn(options: ApproveInWritingOptions): Terms {
  const { for: labels = [], until, output, target, empty, directory, identity, includeSecrets } = options;
  const missing = [
    labels.length === 0 && '--for',
    until === undefined && '--until',
    output === undefined && '--output',
  ].filter(Boolean);
  if (missing.length > 0 || until === undefined || output === undefined) {
    throw new UsageError('USAGE_BAD_ARGUMENT', `an approval in writing needs ${missing.join(', ')}, too`, {
      hint: 'say for which hosts it is, until when, and where to write it',
    });
  }
  const isAssumed = target !== undefined || empty === true;
  if (directory !== undefined && !isAssumed)
    throw new UsageError(
      'USAGE_BAD_ARGUMENT',
      'where paths lead on this host is seen, and --directory says it',
      {
        hint: 'use it with --target or --empty',
      },
    );
  if (identity !== undefined && (isAssumed || !includeSecrets))
    throw new UsageError(
      'USAGE_BAD_ARGUMENT',
      '--identity opens secrets to compare them with those of this host',
      {
        hint: 'use it with --include-secrets, without --target and --empty',
      },
    );
  if (identity === undefined)
    refuseUnused(options, ['passphraseFile'], 'without --identity', 'it is the passphrase of that');
  return { labels: labelsIn(labels), until: untilFrom(until, nowSeconds()), output };
}

async function assumedHost(
  { target, empty, directory = {} }: ApproveInWritingOptions,
  opening: Parameters<typeof openSnapshot>[1],
): Promise<AssumedHost | undefined> {
  const directories = new Map(Object.entries(directory));
  if (empty) return { content: null, directories };
  if (target === undefined) return undefined;
  return { content: (await openSnapshot(target, opening)).content, directories };
}
