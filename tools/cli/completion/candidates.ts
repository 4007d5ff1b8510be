// What can stand at a spot of a command line: from the declared commands, and from what is on this machine.
import type { Argument, Command, Option } from 'commander';
import { waitingPlans } from '../../../src/approve.ts';
import { isDigest, shortDigest } from '../../../src/codec/digest.ts';
import { counted } from '../../../src/codec/enumeration.ts';
import { safeText } from '../../../src/codec/safe-text.ts';
import { minutesOf } from '../../../src/disk/clock.ts';
import { openSnapshot } from '../../../src/open.ts';
import { isSnapshotName } from '../../../src/places/snapshot-name.ts';
import { viewOf } from '../../../src/plan/view.ts';
import { openSite } from '../../../src/site/site.ts';
import { ID_PATTERN } from '../../../src/snapshot/component-id.ts';
import { type HostFlags, hostFlagsIn } from '../../command-line.ts';
import { CLIENT_IDS } from '../../install/client-ids.ts';
import { expanded } from './paths.ts';
import { type Spot, spotOf } from './spot.ts';

/** Which paths can stand there as well. */
type Paths = 'none' | 'files' | 'dirs';

export interface Candidates {
  values: readonly Candidate[];
  paths: Paths;
  /** The word as far as it was typed, in two: the path begins with the second. */
  before: string;
  typed: string;
}

type Offer = Pick<Candidates, 'values' | 'paths'>;

interface Candidate {
  /** Replaces the whole word. */
  value: string;
  says: string;
}

const NOTHING: Offer = { values: [], paths: 'none' };
const FILES: Offer = { values: [], paths: 'files' };
const SNAPSHOT_ARGUMENTS = ['snapshot', 'snapshots', 'from', 'to'];
/** Of options that take nothing else, or a level behind it. */
const CHOICES: Record<string, readonly string[]> = {
  '--approval': ['ask', 'operator', 'signed'],
  '--compress': ['gzip', 'zstd'],
};
/** What a signer can be accepted for. */
const SIGNED = ['snapshots', 'approvals'];
const ID_LISTS = ['--components', '--ours', '--theirs', '--narrower'];

/** @param words those after the name of the program; the last one is under the cursor, and may be empty */
export async function candidatesFor(program: Command, words: readonly string[]): Promise<Candidates> {
  const spot = spotOf(program, words);
  const { before, typed } = spot;
  const { values, paths } = await allAt(spot, words).catch(() => FILES); // nobody can be told here
  const fitting = values.filter(({ value }) => value.startsWith(typed));
  return {
    values: fitting.map(({ value, says }) => ({ value: `${before}${value}`, says: oneLine(says) })),
    paths,
    before,
    typed,
  };
}

async function allAt(spot: Spot, words: readonly string[]): Promise<Offer> {
  const { command, typed, wanted } = spot;
  if (wanted === null) return NOTHING;
  if ('name' in wanted)
    return { values: typed.startsWith('-') ? optionsOf(command) : commandsOf(command), paths: 'none' };
  const host = hostFlagsIn(words.map(expanded));
  if ('argument' in wanted) return atArgument(wanted.argument, command, words, host);
  return atValue(wanted.value, spot, host);
}

function commandsOf(command: Command): Candidate[] {
  const visible = command.createHelp().visibleCommands(command);
  return visible.map((each) => ({ value: each.name(), says: each.description() }));
}

function optionsOf(command: Command): Candidate[] {
  const visible = command.createHelp().visibleOptions(command);
  return visible.flatMap(({ long, short, description }) =>
    [long, short].flatMap((value) => (value ? [{ value, says: description }] : [])),
  );
}

async function atArgument(
  argument: Argument,
  command: Command,
  words: readonly string[],
  host: HostFlags,
): Promise<Offer> {
  if (argument.argChoices !== undefined) return choices(argument.argChoices);
  if (argument.name() === 'clients') return choices(CLIENT_IDS);
  const isPlan = argument.name() === 'plan' && !words.some((word) => /^--key(=|$)/.test(word));
  if (isPlan) return { values: await waitingHere(host), paths: 'none' };
  if (argument.name() !== 'plan' && !SNAPSHOT_ARGUMENTS.includes(argument.name())) return FILES;
  // What is removed is in the store; everything else may be a file.
  return { values: await snapshotsIn(host), paths: command.name() === 'remove' ? 'none' : 'files' };
}

async function atValue(option: Option, { command, given, typed }: Spot, host: HostFlags): Promise<Offer> {
  const name = option.long!;
  const known = option.argChoices ?? CHOICES[name];
  if (known !== undefined) return choices(known);
  if (name === '--revoke') return { values: await waitingHere(host), paths: 'none' };
  const isOfSigner = command.parent?.name() === 'trust' && name === '--for';
  if (isOfSigner) return { values: listed(SIGNED, typed), paths: 'none' };
  if (ID_LISTS.includes(name)) {
    const ids = command.name() === 'export' ? await componentsHere(host) : await componentsIn(given, host);
    return { values: listed(ids, typed), paths: 'none' };
  }
  if (option.flags.endsWith('<snapshot>')) return { values: await snapshotsIn(host), paths: 'files' };
  if (/<(dir|from=to|uri=path)>$/.test(option.flags)) return { values: [], paths: 'dirs' };
  // A recipient may be a file of them.
  return /<(file|place|path)>$/.test(option.flags) || name === '--recipient' ? FILES : NOTHING;
}

function choices(values: readonly string[]): Offer {
  return { values: values.map((value) => ({ value, says: '' })), paths: 'none' };
}

/** One more item behind those that were typed before the last comma. */
function listed(items: readonly string[], typed: string): Candidate[] {
  const before = typed.slice(0, typed.lastIndexOf(',') + 1);
  const taken = before.split(',');
  return items
    .filter((item) => !taken.includes(item))
    .map((item) => ({ value: `${before}${item}`, says: '' }));
}

async function snapshotsIn(host: HostFlags): Promise<Candidate[]> {
  const { store } = await openSite(host);
  return (await store.list()).flatMap(({ digest, names, created_at, components }) => {
    const made = created_at === null ? '' : `, ${minutesOf(created_at)}`;
    const says = `${counted(components, 'component')}${made}`;
    const known = names.filter(isSnapshotName);
    const values = known.length > 0 || !isDigest(digest) ? known : [digitsOf(digest)];
    return values.map((value) => ({ value, says }));
  });
}

/** The plans that wait for the operator, by first digits. */
async function waitingHere({ stateDir }: HostFlags): Promise<Candidate[]> {
  return (await waitingPlans({ stateDir })).map(({ plan, expiresAt }) => ({
    value: digitsOf(plan.digest),
    says: `${viewOf(plan).willDo}, until ${minutesOf(expiresAt)}`,
  }));
}

async function componentsHere(flags: HostFlags): Promise<string[]> {
  const { host } = await openSite(flags);
  return (await host.components.list()).installed.filter((id) => ID_PATTERN.test(id));
}

/** Of snapshots on this machine: for a manifest, code may have to be fetched. */
async function componentsIn(references: readonly string[], host: HostFlags): Promise<string[]> {
  const options = { ...host, allowRemote: [], requireSignature: true };
  const opened = await Promise.all(
    references.map((reference) => openSnapshot(expanded(reference), options).catch(() => null)),
  );
  const ids = opened.flatMap((snapshot) => snapshot?.document.components ?? []);
  return [...new Set(ids.map(({ component_id }) => component_id))];
}

function digitsOf(digest: string): string {
  return shortDigest(digest.slice('sha256:'.length));
}

function oneLine(text: string): string {
  return safeText(text, 120);
}
