// Published holes in the sandbox of a Wassette, by the Wasmtime that is in it. Whoever is handed storage grants should know
// of them. Only releases of which it is known are here; nothing is said of others.
import type { WassetteVersion } from './wassette-versions.ts';

export interface Advisory {
  id: string;
  what: string;
  /** The first Wassette that has it no more. */
  fixed_in: string;
}

const PUBLISHED: readonly { advisory: Advisory; releases: readonly string[] }[] = [
  {
    advisory: {
      id: 'GHSA-vqjp-4c8c-hfgg',
      what: 'a component can escape from a directory that it was granted, by paths with trailing slashes',
      fixed_in: '0.8.0',
    },
    releases: ['0.4.0', '0.6.0', '0.7.0'],
  },
];

export function advisoriesFor({ text }: WassetteVersion): Advisory[] {
  return PUBLISHED.filter(({ releases }) => releases.includes(text)).map(({ advisory }) => advisory);
}
