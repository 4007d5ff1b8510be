// `wassette-state inspect`: everything about a snapshot, every byte of it verified.

import { counted } from '../../../../src/codec/enumeration.ts';
import { safeText } from '../../../../src/codec/safe-text.ts';
import { StateError, UsageError } from '../../../../src/errors.ts';
import { withDerivedTools } from '../../../../src/list.ts';
import { openSnapshot } from '../../../../src/open.ts';
import type { Reference } from '../../../../src/places/reference.ts';
import { chooseIds } from '../../../../src/site/site.ts';
import type { Snapshot } from '../../../../src/site/snapshot.ts';
import { textOf } from '../../../../src/snapshot/sealed-secrets.ts';
import { printSigning, shownSigning, signingOf } from '../../signers.ts';
import { withSnapshotAt } from '../../standard-streams.ts';
import {
  bytes,
  interruptSignal,
  isStdoutTerminal,
  print,
  printJson,
  styled,
  warn,
  wrapped,
  writeBytes,
} from '../../terminal.ts';
import { printComponents, shown } from '../list.ts';
import { type LocationOptions, locationsIn } from '../locations.ts';

interface InspectOptions extends LocationOptions {
  components?: string[];
  canonical?: boolean;
  secrets?: boolean;
  identity?: boolean;
}

export async function runInspect(reference: string, options: InspectOptions): Promise<void> {
  const signal = interruptSignal();
  await withSnapshotAt(reference, signal, (at) => inspect(at, options, signal));
}

async function inspect(
  reference: string | Reference,
  options: InspectOptions,
  signal: AbortSignal,
): Promise<void> {
  const snapshot = await openSnapshot(reference, { ...locationsIn(options), signal });
  if (options.canonical) return writeBytes([snapshot.content.bytes]);
  const { document } = snapshot;
  if (options.secrets) return printLines(document.secrets, 'secrets');
  if (options.identity) return printLines(document.secret_identity, 'identity that opens secrets');
  const ids = chooseIds(
    document.components.map((c) => c.component_id),
    options.components,
    'the snapshot',
  );
  const code = await verifyCode(snapshot);
  const signing = await signingOf(snapshot, locationsIn(options));
  const listed = (await withDerivedTools(snapshot, locationsIn(options))).filter(({ component_id }) =>
    ids.includes(component_id),
  );
  if (options.json) {
    const { description, source, wassette_version, tags } = document.metadata ?? {};
    printJson({
      snapshot_digest: snapshot.digest,
      state_digest: document.state_digest,
      created_at: madeAt(document.created_at),
      metadata: { description, source, wassette_version, tags },
      code,
      signatures: snapshot.signatures.length,
      ...shownSigning(signing),
      secrets: sealedAsJson(snapshot),
      components: listed.map(shown),
      notes: snapshot.notes,
    });
    return;
  }
  print(wrapped('digest  ', snapshot.digest));
  print(wrapped('state   ', document.state_digest));
  print(wrapped('made    ', madeAt(document.created_at) ?? 'at an unknown time'));
  if (document.metadata?.description)
    print(wrapped('about   ', safeText(document.metadata.description, 400)));
  for (const [key, value] of Object.entries(document.metadata?.tags ?? {})) {
    print(wrapped('tag     ', safeText(`${key}=${value}`, 200)));
  }
  print(wrapped('code    ', code));
  printSigning(signing);
  printSealed(snapshot);
  print('');
  printComponents(listed);
  for (const note of snapshot.notes) warn(wrapped('note: ', note));
  if (options.components !== undefined) printPolicies(snapshot, ids);
}

/** Exactly what is in the snapshot, for another program; at a terminal as it can be shown there. */
async function printLines(lines: readonly string[] | null | undefined, what: string): Promise<void> {
  if (!lines) {
    throw new UsageError('USAGE_BAD_ARGUMENT', `the snapshot carries no ${what}`, {
      hint: 'ask whoever made it to export it with its secrets',
    });
  }
  if (!isStdoutTerminal()) return writeBytes([Buffer.from(textOf(lines))]);
  for (const line of lines) print(line.replaceAll('\t', '  '));
}

/** Undefined where there are none. */
function sealedAsJson({ content: { sealed } }: Snapshot): object | undefined {
  return sealed === null
    ? undefined
    : { names: Object.fromEntries(sealed.names), recipients: sealed.recipients };
}

function printSealed({ content: { sealed }, document }: Snapshot): void {
  if (sealed === null) return;
  const by = document.secret_identity ? 'a passphrase' : counted(sealed.recipients.length, 'recipient');
  print(wrapped('secrets ', `sealed for ${by}`));
  for (const [id, names] of sealed.names)
    print(wrapped('        ', safeText(`${id}: ${names.join(', ')}`, 400)));
}

/** A manifest has no time. */
function madeAt(seconds: number): string | null {
  return seconds === 0 ? null : new Date(seconds * 1000).toISOString();
}

async function verifyCode(snapshot: Snapshot): Promise<string> {
  try {
    return `${bytes(await snapshot.validate())}, every byte verified`;
  } catch (error) {
    if (error instanceof StateError && error.code === 'VERIFY_PART_MISSING')
      return 'not in this snapshot, or not all of it';
    throw error;
  }
}

function printPolicies(snapshot: Snapshot, ids: readonly string[]): void {
  for (const { component_id, policy, keep_policy, artifact, source_uri } of snapshot.document.components) {
    if (!ids.includes(component_id)) continue;
    print(styled(`\n${component_id}`, 'bold'));
    print(wrapped('  sha256 ', artifact.sha256));
    print(wrapped('  source ', safeText(source_uri, 400)));
    print(policy ? '  policy' : keep_policy ? '  the policy of the host stays' : '  no policy');
    for (const line of policy?.content.trimEnd().split(/\r?\n/) ?? []) print(`    ${safeText(line, 400)}`);
  }
}
