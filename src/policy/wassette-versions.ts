// What having no policy means, by the version of the Wassette that serves a component. Up to 0.8.0 this was seen; of 0.8.1
// there is no program to run here, so that its line stands on its release notes.

/** What a component without a policy sees of the environment, and of the secrets stored for it. */
export type WithoutPolicy = 'everything' | 'nothing' | 'unknown';

/** The version of a Wassette. */
export interface WassetteVersion {
  /** As Wassette writes it, without what follows a `+`. */
  text: string;
  /** Of a release that is yet to come it is not known what it has already. */
  isPreRelease: boolean;
  numbers: readonly [major: number, minor: number, patch: number];
}

/** The latest first; what a policy means that Wassette cannot read is only known of the last line. */
const MEANINGS = [
  { since: [0, 8, 1], withoutPolicy: 'nothing' },
  { since: [0, 0, 0], withoutPolicy: 'everything' },
] as const;

const NUMBER = '(0|[1-9][0-9]{0,4})';
const VERSION = new RegExp(
  `^${NUMBER}\\.${NUMBER}\\.${NUMBER}(-[0-9A-Za-z.-]{1,40})?(?:\\+[0-9A-Za-z.-]{1,80})?$`,
);

/** Null for what is no version. */
export function parseVersion(text: string): WassetteVersion | null {
  const found = VERSION.exec(text);
  if (found === null) return null;
  const [, major, minor, patch, pre = ''] = found;
  return {
    text: `${major}.${minor}.${patch}${pre}`,
    isPreRelease: pre !== '',
    numbers: [Number(major), Number(minor), Number(patch)],
  };
}

/** The version in what `wassette --version` prints: the first word, or the one behind the name. */
export function versionInAnswer(answer: string): WassetteVersion | null {
  const [first = '', second = ''] = answer.split(/\s/, 2);
  return parseVersion(first === 'wassette' ? second : first);
}

export function withoutPolicy(version: WassetteVersion | null): WithoutPolicy {
  if (version === null) return 'unknown';
  const line = MEANINGS.find(({ since }) => !isBefore(version.numbers, since))!;
  const isOfThatLine = isBefore(line.since, version.numbers) || !version.isPreRelease;
  return isOfThatLine ? line.withoutPolicy : 'unknown';
}

/** Behind "without a policy it sees": what that is, where it may be either in one sentence. */
export function seenWithoutPolicy(meaning: WithoutPolicy): string {
  switch (meaning) {
    case 'everything':
      return 'every environment variable and stored secret';
    case 'nothing':
      return 'no environment variable and no stored secret';
    case 'unknown':
      return 'every environment variable and stored secret with Wassette 0.8.0 or older, none with a newer one';
  }
}

function isBefore(a: WassetteVersion['numbers'], b: WassetteVersion['numbers']): boolean {
  const at = a.findIndex((number, i) => number !== b[i]);
  return at >= 0 && a[at]! < b[at]!;
}
