// What can stand at a spot of a command line: from the declared commands, and from what is on this machine.
import type { Argument, Command, Option } from 'commander';
import { waitingPlans } from '../../../src/approve.ts';
import { counted } from '../../../src/codec/enumeration.ts';
import { safeText } from '../../../src/codec/safe-text.ts';
import { minutesOf } from '../../../src/disk/clock.ts';
import { isSnapshotName } from '../../../src/places/snapshot-name.ts';
import { viewOf } from '../../../src/plan/view.ts';
import { openSite } from '../../../src/site/site.ts';
import { ID_PATTERN } from '../../../src/snapshot/component-id.ts';
import { hostFlagsIn } from '../../command-line.ts';
import { CLIENT_IDS } from '../../install/client-ids.ts';
import { type Spot, spotOf } from './spot.ts';

/** Which paths can stand there as well. */
type Paths = 'none' | 'files' | 'dirs';

export interface Candidates {
  values: readonly Candidate[];
  paths: Paths;
}

interface Candidate {
  /** Replaces the whole word. */
  value: string;
  says: string;
}

const NOTHING: Candidates = { values: [], paths: 'none' };
const SNAPSHOT_ARGUMENTS = ['snapshot', 'from', 'to'];

/** @param words those after the name of the program; the last one is under the cursor, and may be empty */
export async function candidatesFor(program: Command, words: readonly string[]): Promise<Candidates> {
  const spot = spotOf(program, words);
  const { values, paths } = await allAt(spot, words);
  const whole = values.map(({ value, says }) => ({ value: `${spot.before}${value}`, says: oneLine(says) }));
  return { values: whole.filter(({ value }) => value.startsWith(`${spot.before}${spot.typed}`)), paths };
}

async function allAt({ command, typed, wanted }: Spot, words: readonly string[]): Promise<Candidates> {
  if (wanted === null) return NOTHING;
  if ('name' in wanted)
    return { values: typed.startsWith('-') ? optionsOf(command) : commandsOf(command), paths: 'none' };
  if ('argument' in wanted) return atArgument(wanted.argument, command, words);
  return atValue(wanted.value, command, typed, words);
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
): Promise<Candidates> {
  if (argument.argChoices !== undefined) return choices(argument.argChoices);
  if (argument.name() === 'clients') return choices(CLIENT_IDS);
  if (argument.name() === 'plan') return { values: await waitingHere(words), paths: 'none' };
  if (!SNAPSHOT_ARGUMENTS.includes(argument.name())) return { values: [], paths: 'files' };
  // What is removed is in the store; everything else may be a file.
  return { values: await snapshotsIn(words), paths: command.name() === 'remove' ? 'none' : 'files' };
}

async function atValue(
  option: Option,
  command: Command,
  typed: string,
  words: readonly string[],
): Promise<Candidates> {
  if (option.argChoices !== undefined) return choices(option.argChoices);
  if (option.long === '--revoke') return { values: await waitingHere(words), paths: 'none' };
  if (option.flags.endsWith('<dir>')) return { values: [], paths: 'dirs' };
  if (/<(file|place)>$/.test(option.flags)) return { values: [], paths: 'files' };
  if (option.long === '--components' && command.name() === 'export')
    return { values: listed(await componentsHere(words), typed), paths: 'none' };
  return NOTHING;
}

function choices(values: readonly string[]): Candidates {
  return { values: values.map((value) => ({ value, says: '' })), paths: 'none' };
}

/** One more item behind those that were typed before the last comma. */
function listed(ids: readonly string[], typed: string): Candidate[] {
  const before = typed.slice(0, typed.lastIndexOf(',') + 1);
  const taken = before.split(',');
  return ids.filter((id) => !taken.includes(id)).map((id) => ({ value: `${before}${id}`, says: '' }));
}

/** Nothing where the store cannot be read: nobody can be told here. */
async function snapshotsIn(words: readonly string[]): Promise<Candidate[]> {
  const { store } = await openSite(hostFlagsIn(words));
  return (await store.list()).flatMap(({ digest, names, created_at, components }) => {
    const made = created_at === null ? '' : `, ${minutesOf(created_at)}`;
    const says = `${counted(components, 'component')}${made}`;
    const known = names.filter(isSnapshotName);
    const digits = /^sha256:([0-9a-f]{12})/.exec(digest)?.[1];
    const values = known.length > 0 || digits === undefined ? known : [digits];
    return values.map((value) => ({ value, says }));
  });
}

/** The plans that wait for the operator, by first digits. */
async function waitingHere(words: readonly string[]): Promise<Candidate[]> {
  const { stateDir } = hostFlagsIn(words);
  return (await waitingPlans({ stateDir })).map(({ plan, expiresAt }) => ({
    value: plan.digest.slice('sha256:'.length, 'sha256:'.length + 12),
    says: `${viewOf(plan).willDo}, until ${minutesOf(expiresAt)}`,
  }));
}

async function componentsHere(words: readonly string[]): Promise<string[]> {
  const { host } = await openSite(hostFlagsIn(words));
  return (await host.components.list()).installed.filter((id) => ID_PATTERN.test(id));
}

function oneLine(text: string): string {
  return safeText(text, 120);
}
