// What having no policy means, by the version of the Wassette that runs a component. Up to 0.8.0 this was observed; 0.8.1
// could not be run here, so its line is from its release notes.

/** What a component without a policy sees of the environment, and of the secrets stored for it. */
export type WithoutPolicy = 'everything' | 'nothing' | 'unknown';

/** The version of a Wassette. */
export interface WassetteVersion {
  /** As Wassette writes it, but without anything after a `+`. */
  text: string;
  /** It is unknown which changes of the coming release a pre-release already has. */
  isPreRelease: boolean;
  numbers: readonly [major: number, minor: number, patch: number];
}

/** The latest first. What a policy means that Wassette cannot read is known only for the last line. */
const MEANINGS = [
  { since: [0, 8, 1], withoutPolicy: 'nothing' },
  { since: [0, 0, 0], withoutPolicy: 'everything' },
] as const;

const NUMBER = '(0|[1-9][0-9]{0,4})';
const VERSION = new RegExp(
  `^${NUMBER}\\.${NUMBER}\\.${NUMBER}(-[0-9A-Za-z.-]{1,40})?(?:\\+[0-9A-Za-z.-]{1,80})?$`,
);

/** Null when `text` is not a version. */
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

/**
 * The version in the output of `wassette --version`. A bare number is what a launcher such as npm prints of itself: only behind
 * the name, or before what Wassette says of its build, is it Wassette's.
 */
export function versionInAnswer(answer: string): WassetteVersion | null {
  const [first = '', second = ''] = answer.split(/\s/, 2);
  if (first === 'wassette') return parseVersion(second);
  return second.startsWith('version.BuildInfo{') ? parseVersion(first) : null;
}

export function withoutPolicy(version: WassetteVersion | null): WithoutPolicy {
  if (version === null) return 'unknown';
  const line = MEANINGS.find(({ since }) => !isBefore(version.numbers, since))!;
  const isOfThatLine = isBefore(line.since, version.numbers) || !version.isPreRelease;
  return isOfThatLine ? line.withoutPolicy : 'unknown';
}

/** Where several Wassettes run: what any of them lets a component see counts. */
export function widest(meanings: readonly WithoutPolicy[]): WithoutPolicy {
  if (meanings.includes('everything')) return 'everything';
  return meanings.length === 0 || meanings.includes('unknown') ? 'unknown' : 'nothing';
}

/** Completes "without a policy it sees"; one sentence says both when either may be true. */
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
