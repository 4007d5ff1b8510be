// What stays of an entry when `install` writes it anew: what Wassette was told, by whomever.
import { argumentsOfWassette, type Launch, ownWords, SECRETS_DIR } from './launch.ts';

/**
 * The new launch with what a Wassette was told by the old one: its arguments, and all variables. Of two directories the one
 * wins that a person names now, then that of the old launch, and then what was found here.
 * @param given the names of the options that a person gives
 */
export function takingOver(launch: Launch, old: Launch, given: ReadonlySet<string>): Launch {
  // This program, `serve`, our options, Wassette and `run`; behind it what Wassette is told.
  const end = 2 + ownWords(launch).length + 2;
  const fresh = launch.args.slice(end);
  const theirs = argumentsOfWassette(old);
  const areTheirs = theirs.some(namesDirectory) || old.env.WASSETTE_COMPONENT_DIR !== undefined;
  const args = given.has('component-dir')
    ? [...fresh, ...withoutDirectory(theirs)]
    : [...(areTheirs ? [] : fresh), ...theirs];
  return { ...launch, args: [...launch.args.slice(0, end), ...args], env: variables(launch, old, given) };
}

function variables(
  { env: { [SECRETS_DIR]: secretsDir, ...fresh } }: Launch,
  { env }: Launch,
  given: ReadonlySet<string>,
): Launch['env'] {
  const secrets = secretsDir === undefined ? {} : { [SECRETS_DIR]: secretsDir };
  return given.has('secrets-dir') ? { ...fresh, ...env, ...secrets } : { ...secrets, ...fresh, ...env };
}

function namesDirectory(word: string): boolean {
  return /^--(component|plugin)-dir(=|$)/.test(word);
}

function withoutDirectory(words: readonly string[]): string[] {
  const hasItsValue = (before = '') => namesDirectory(before) && !before.includes('=');
  return words.filter((word, i) => !namesDirectory(word) && !hasItsValue(words[i - 1]));
}
