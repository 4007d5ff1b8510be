// What an object may be called in every driver, so that a key can be a path without ever leaving its directory.

const SEGMENT = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,254}$/;

export function isObjectKey(key: string): boolean {
  return key.split('/').every((segment) => SEGMENT.test(segment));
}

/** Keys are made by this program: a bad one is a bug, not something a user can correct. */
export function assertObjectKey(key: string): void {
  if (!isObjectKey(key)) throw new TypeError('not an object key: segments of A-Z a-z 0-9 . _ - joined by /');
}
