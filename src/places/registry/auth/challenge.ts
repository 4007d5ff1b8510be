// What a registry asks for before it answers: the challenges of a WWW-Authenticate header (RFC 9110, 11.6.1).

export type Challenge =
  | { scheme: 'basic' }
  | {
      scheme: 'bearer';
      /** Where a token is to be had. */
      realm: string;
      service: string | null;
      /** What the token has to be for. */
      scopes: readonly string[];
    };

/** A token, and the value that belongs to it where it is the name of a parameter. */
const PART = /[\s,]*([!#$%&'*+.^_`|~\w-]+)(?:[ \t]*=[ \t]*(?:"((?:\\.|[^"\\])*)"|([^\s,"]+)))?/gy;
const MAX_LENGTH = 16_384;

/** The challenge that is answered: for a token where one is asked for, else for a password; null for anything else. */
export function challengeIn(header: string | null): Challenge | null {
  const found = challengesIn((header ?? '').slice(0, MAX_LENGTH));
  for (const { scheme, parameters } of found) {
    const realm = parameters.get('realm');
    if (scheme !== 'bearer' || realm === undefined) continue;
    const scopes = (parameters.get('scope') ?? '').split(' ').filter((scope) => scope !== '');
    return { scheme, realm, service: parameters.get('service') ?? null, scopes };
  }
  return found.some(({ scheme }) => scheme === 'basic') ? { scheme: 'basic' } : null;
}

interface RawChallenge {
  scheme: string;
  parameters: Map<string, string>;
}

function challengesIn(header: string): RawChallenge[] {
  const found: RawChallenge[] = [];
  for (const [, name, quoted, plain] of header.matchAll(PART)) {
    const value = quoted?.replace(/\\(.)/g, '$1') ?? plain;
    if (value === undefined) found.push({ scheme: name!.toLowerCase(), parameters: new Map() });
    else found.at(-1)?.parameters.set(name!.toLowerCase(), value);
  }
  return found;
}
