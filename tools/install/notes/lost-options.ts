// What an entry says and the one in its place does not: `install` writes our options anew, and no fence is to go silently.
import { flagsIn, INSTALL_FLAGS, LOCATION_FLAGS, SERVE_FLAGS } from '../../cli/commands/flags.ts';
import { shellQuoted } from '../../command-line.ts';
import { listsIn } from '../../text-list.ts';
import { argumentsOfWassette, CONFIG_FILE, type Launch, ownWords, SECRETS_DIR } from '../launch.ts';

/** An option as words, its name first. */
type Written = readonly string[];

const KNOWN = { ...LOCATION_FLAGS, ...SERVE_FLAGS };
const WRITTEN_BY_INSTALL = { ...LOCATION_FLAGS, ...INSTALL_FLAGS };

/**
 * A sentence for each option that is in the old entry of ours alone, with how it is kept.
 * @param given the names of the options that a person gives: who gives another value means it
 */
export function lostOptions(before: Launch, after: Launch, given: ReadonlySet<string>): string[] {
  const kept = optionsIn(after);
  const isReplaced = ([name]: Written) => isOnce(name!) && given.has(name!.slice(2));
  const isKept = (option: Written) =>
    kept.some((other) => isSame(other, option) || (other[0] === option[0] && isReplaced(option)));
  return optionsIn(before)
    .filter((option) => !isKept(option))
    .map((option) => `no longer: ${option.map(shellQuoted).join(' ')}; ${howToKeep(option)}`);
}

/** A sentence for each directory or file that was found here, and is another one in the entry, which wins where nobody gives one. */
export function keptDirectories(found: Launch, after: Launch): string[] {
  const kept = optionsIn(after);
  const directories = optionsIn(found)
    .filter(([name]) => name === '--component-dir' || name === '--secrets-dir')
    .flatMap((option) => {
      const other = kept.find(([name]) => name === option[0]);
      if (other !== undefined && isSame(other, option)) return [];
      const stays = other === undefined ? 'its directory' : other.map(shellQuoted).join(' ');
      return [
        `the entry keeps ${stays}; to have it use the one that was found here: ${option.map(shellQuoted).join(' ')}`,
      ];
    });
  return [...directories, ...keptConfigFile(found, after)];
}

/** No option names it, so a person who wants the other one writes it into the entry. */
function keptConfigFile({ env: found }: Launch, { env: kept }: Launch): string[] {
  const [here, stays] = [found[CONFIG_FILE], kept[CONFIG_FILE]];
  if (here === undefined || stays === undefined || here === stays) return [];
  return [
    `the entry keeps ${CONFIG_FILE}=${shellQuoted(stays)}; to have it use the one that was found here, write ${shellQuoted(here)} there`,
  ];
}

function isSame(one: Written, other: Written): boolean {
  return one.join('\0') === other.join('\0');
}

function optionsIn(launch: Launch): Written[] {
  const { [SECRETS_DIR]: secretsDir, [CONFIG_FILE]: configFile } = launch.env;
  return [
    ...flagsIn(ownWords(launch), KNOWN).flatMap(eachOfList),
    ...grouped(argumentsOfWassette(launch)),
    ...(secretsDir === undefined ? [] : [['--secrets-dir', secretsDir]]),
    ...(configFile === undefined ? [] : [[`${CONFIG_FILE}=${configFile}`]]),
  ];
}

/** Several ids or labels may stand in one word, and are written one by one. */
function eachOfList([name, ...values]: Written): Written[] {
  if (!['--allow-finding', '--label'].includes(name!)) return [[name!, ...values]];
  return listsIn(values).map((item) => [name!, item]);
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

/** Whether another value of it takes its place. */
function isOnce(name: string): boolean {
  const flag = KNOWN[name.slice(2)];
  return flag !== undefined && !flag.repeatable;
}

function howToKeep([name]: Written): string {
  if (name!.startsWith(CONFIG_FILE)) return 'set it for this command to keep it';
  return WRITTEN_BY_INSTALL[name!.slice(2)] === undefined
    ? 'write it into the entry again to keep it'
    : 'repeat it to keep it';
}
