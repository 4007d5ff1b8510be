// What an entry of ours says and the one in its place does not: `install` writes the whole entry, and a fence goes silently.
import { flagsIn, INSTALL_FLAGS, LOCATION_FLAGS, SERVE_FLAGS } from '../cli/commands/flags.ts';
import { shellQuoted } from '../command-line.ts';
import { listIn } from '../text-list.ts';
import { CONFIG_FILE, type Launch, ownWords, SECRETS_DIR, withoutTransport, wrappedBy } from './launch.ts';

/** An option as words, its name first. */
type Written = readonly string[];

const KNOWN = { ...LOCATION_FLAGS, ...SERVE_FLAGS };
const WRITTEN_BY_INSTALL = { ...LOCATION_FLAGS, ...INSTALL_FLAGS };

/** A sentence for each option that is in the old entry of ours alone, with how it is kept. */
export function lostOptions(before: Launch, after: Launch): string[] {
  const kept = optionsIn(after);
  const isKept = (option: Written) =>
    kept.some(
      (other) => other.join('\0') === option.join('\0') || (other[0] === option[0] && isOnce(option)),
    );
  return optionsIn(before)
    .filter((option) => !isKept(option))
    .map((option) => `no longer: ${option.map(shellQuoted).join(' ')}; ${howToKeep(option)}`);
}

function optionsIn(launch: Launch): Written[] {
  const { [SECRETS_DIR]: secretsDir, [CONFIG_FILE]: configFile } = launch.env;
  return [
    ...flagsIn(ownWords(launch), KNOWN).flatMap(eachFinding),
    ...grouped(withoutTransport(wrappedBy(launch).command.slice(2))),
    ...(secretsDir === undefined ? [] : [['--secrets-dir', secretsDir]]),
    ...(configFile === undefined ? [] : [[`${CONFIG_FILE}=${configFile}`]]),
  ];
}

/** Several ids may stand in one word, and are written one by one. */
function eachFinding([name, ...values]: Written): Written[] {
  if (name !== '--allow-finding') return [[name!, ...values]];
  return values.flatMap((text) => (listIn(text) ?? [text]).map((id) => [name, id]));
}

/** The arguments of Wassette, whose options are not all known here: what follows an option is its value. */
function grouped(words: readonly string[]): Written[] {
  const groups: string[][] = [];
  for (const word of words) {
    const [, name, value] = /^(--[^=]+)=(.*)$/s.exec(word) ?? [];
    if (name !== undefined) groups.push([name, value!]);
    else if (word.startsWith('-') || groups.length === 0) groups.push([word]);
    else groups.at(-1)!.push(word);
  }
  return groups;
}

/** Whether another value of it takes its place, which whoever gave that means. */
function isOnce([name]: Written): boolean {
  const flag = KNOWN[name!.slice(2)];
  return flag !== undefined && !flag.repeatable;
}

function howToKeep([name]: Written): string {
  if (name!.startsWith(CONFIG_FILE)) return 'set it for this command to keep it';
  return WRITTEN_BY_INSTALL[name!.slice(2)] === undefined
    ? 'write it into the entry again to keep it'
    : 'repeat it to keep it';
}
