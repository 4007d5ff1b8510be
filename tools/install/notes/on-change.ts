// What a person should know of a change before agreeing to it.
import { quoted } from '../../../src/codec/safe-text.ts';
import { shellQuoted } from '../../command-line.ts';
import type { Change, Wish } from '../change.ts';
import type { Client } from '../clients.ts';
import { launchIn } from '../entry.ts';
import { isReplaced, type Launch, startedBy, wrappedBy } from '../launch.ts';
import { keptDirectories, lostOptions } from './lost-options.ts';
import { limitsIn } from './switched-off.ts';

/** One sentence for each. */
export function notesOnChange({ client, launch, given }: Wish, change: Change): string[] {
  return [
    ...ofOurOptions(client, change, given),
    ...(launch === null ? [] : ofDirectories(client, launch, change)),
    ...(launch === null ? [] : ofReplacedParts(client, change)),
    ...(change.losesComments ? ['the comments inside the entry go: it is written anew'] : []),
    ...ofOthers(change, launch === null),
    ...(change.after === undefined ? [] : limitsIn(change.after, client)),
    ...ofPlainWassette(client, change),
  ];
}

/** Those that were in the entry before: none that is written now has any. */
function ofReplacedParts({ name, shape }: Client, { after }: Change): string[] {
  const next = launchIn(after, shape);
  const part = next === null ? undefined : [next.command, ...next.args].find(isReplaced);
  return part === undefined
    ? []
    : [`only ${name} knows what it puts in place of ${quoted(part)}, so this is not tried here`];
}

/** Of entries with other names in the same file. */
function ofOthers({ others }: Change, isLeaving: boolean): string[] {
  return others.flatMap(({ name, starts }) => {
    const other = `${quoted(name)} in the same file`;
    if (starts === 'us')
      return isLeaving
        ? [`${other} still starts us: take it out by hand`]
        : [`${other} starts us, too, so the agent has all tools twice: take it out`];
    return isLeaving
      ? []
      : [`${other} starts a Wassette that nobody tells what an import changes: take it out`];
  });
}

/** Which of those in our entry go, although the entry stays. */
function ofOurOptions({ shape }: Client, { before, after }: Change, given: ReadonlySet<string>): string[] {
  const present = launchIn(before, shape);
  const next = launchIn(after, shape);
  return present === null || next === null || startedBy(present) !== 'us'
    ? []
    : lostOptions(present, next, given);
}

/** Which the entry has kept, although others were found here. */
function ofDirectories({ shape }: Client, launch: Launch, { after }: Change): string[] {
  const next = launchIn(after, shape);
  return next === null ? [] : keptDirectories(launch, next);
}

/** What a person should know who has a Wassette without us, or will have none. */
function ofPlainWassette({ shape }: Client, { action, before, after }: Change): string[] {
  const present = launchIn(before, shape);
  if (present === null || action === 'none') return [];
  const isOurs = startedBy(present) === 'us';
  if (after !== undefined)
    return isOurs
      ? []
      : [
          `this entry was not ours: --uninstall takes it out and does not put it back, so keep what it started: ${lineOf([present.command, ...present.args])}`,
        ];
  const { command } = isOurs ? wrappedBy(present) : { command: [] };
  return command.length === 0
    ? []
    : [`with this entry the client has no Wassette any more; to start it without us: ${lineOf(command)}`];
}

function lineOf(words: readonly string[]): string {
  return words.map(shellQuoted).join(' ');
}
