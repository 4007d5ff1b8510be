// Which keys objects may have in every driver: each is safe for every vendor, and as a path that never leaves its directory.

const SEGMENT = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,254}$/;

export function isObjectKey(key: string): boolean {
  return key.split('/').every((segment) => SEGMENT.test(segment));
}

/** Throws a TypeError: keys are made by this program, so a bad one is a bug and not a user's mistake. */
export function assertObjectKey(key: string): void {
  if (!isObjectKey(key)) throw new TypeError('not an object key: segments of A-Z a-z 0-9 . _ - joined by /');
}
