// The age library, loaded only when something is sealed or opened: most runs need none of it.

export type AgeLibrary = typeof import('age-encryption');

export async function ageLibrary(): Promise<AgeLibrary> {
  return import('age-encryption');
}
