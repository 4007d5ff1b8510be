// What a client's file becomes: decided from its text, before anything is written.
import { ConflictError } from '../../src/errors.ts';
import type { Client } from './clients.ts';
import { type ConfigPlace, configText, withEntry } from './config/config-text.ts';
import { entryFor, launchIn } from './entry.ts';
import { type Launch, type StartedBy, startedBy } from './launch.ts';
import { takingOver } from './taking-over.ts';

/** Our entry has the same name everywhere: that of the server whose tools the agent sees. */
export const ENTRY_NAME = 'wassette';

export type ChangeAction = 'add' | 'change' | 'remove' | 'none';

export interface Change {
  action: ChangeAction;
  /** Our entry, as far as there was or will be one; what is no entry at all counts as none. */
  before: object | undefined;
  after: object | undefined;
  /** Whether comments inside the entry go, because it is written anew. */
  losesComments: boolean;
  /** The whole file afterwards. */
  text: string;
  /** Entries with other names that start us, or a Wassette of their own. */
  others: readonly { name: string; starts: StartedBy }[];
}

/** What is to be done with a file. */
export interface Wish {
  client: Client;
  /** The real path. */
  file: string;
  /** What the client shall start; null when our entry shall go. */
  launch: Launch | null;
  /** The names of the options that a person gives: what they say wins over what an entry says. */
  given: ReadonlySet<string>;
  /** Whether an entry of our name that starts something else is replaced or removed, too. */
  force: boolean;
}

/**
 * @param text null when there is no file
 * @throws ConflictError CONFLICT_OTHER_ENTRY; FormatError FORMAT_INVALID_CONFIG
 */
export function changeOf(text: string | null, { client, file, launch, given, force }: Wish): Change {
  const { shape } = client;
  const place = placeOf(client, file);
  const config = configText(text ?? '', place);
  const found = config.entry(ENTRY_NAME);
  const before = typeof found === 'object' && found !== null ? found : undefined;
  const present = launchIn(before, shape);
  const others = Object.entries(config.servers).flatMap(([name, entry]) => {
    const started = name === ENTRY_NAME ? null : launchIn(entry, shape);
    const starts = started === null ? 'something else' : startedBy(started);
    return starts === 'something else' ? [] : [{ name, starts }];
  });
  const known = present === null ? 'something else' : startedBy(present);
  const mayTouch =
    found === undefined || force || known === 'us' || (known === 'wassette' && launch !== null);
  if (!mayTouch) throw otherEntry(client, file, present, launch === null ? 'take it out' : 'replace it');
  const kept = known === 'something else' ? undefined : before;
  const taken =
    launch === null || present === null || kept === undefined ? launch : takingOver(launch, present, given);
  const after = taken === null ? undefined : entryFor(taken, shape, kept);
  const both = { before, after, others, losesComments: false };
  const isSame = JSON.stringify(sorted(found)) === JSON.stringify(sorted(after));
  if (isSame) return { ...both, action: 'none', text: text ?? '' };
  return {
    ...both,
    losesComments: after !== undefined && config.hasComments(ENTRY_NAME),
    action: found === undefined ? 'add' : after === undefined ? 'remove' : 'change',
    text: withEntry(text ?? '', place, ENTRY_NAME, after),
  };
}

export function placeOf({ format, keys }: Client, file: string): ConfigPlace {
  return { file, format, keys };
}

/** With the keys in one order: clients write them in another. */
function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}

function otherEntry(
  { keys }: Client,
  file: string,
  present: Launch | null,
  otherwise: string,
): ConflictError {
  const what = present === null ? 'starts no program' : `starts ${present.command}`;
  return new ConflictError(
    'CONFLICT_OTHER_ENTRY',
    `${file}: ${[...keys, ENTRY_NAME].join('.')} is not ours: it ${what}`,
    { hint: `nothing was written: rename that entry, or ${otherwise} with --force`, details: { file } },
  );
}
