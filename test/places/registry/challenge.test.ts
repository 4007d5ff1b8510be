import { describe, expect, it } from 'vitest';
import { challengeIn } from '../../../src/places/registry/auth/challenge.ts';
import { scopesTogether } from '../../../src/places/registry/auth/scope.ts';

const bearer = (realm: string, service: string | null = null, scopes: string[] = []) => ({
  scheme: 'bearer',
  realm,
  service,
  scopes,
});

describe('a challenge', () => {
  it.each([
    [
      'for a token',
      'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:team/tools:pull"',
      bearer('https://auth.docker.io/token', 'registry.docker.io', ['repository:team/tools:pull']),
    ],
    [
      'with commas in quotes, and several scopes',
      'Bearer realm="https://a/token", scope="repository:a:pull,push repository:b:pull"',
      bearer('https://a/token', null, ['repository:a:pull,push', 'repository:b:pull']),
    ],
    ['in another case', 'bEARER Realm="https://a"', bearer('https://a')],
    ['without quotes', 'Bearer realm=https://a/token,service=a', bearer('https://a/token', 'a')],
    ['with escapes', 'Bearer realm="https://a/\\"t\\"", error="invalid_token"', bearer('https://a/"t"')],
    ['for a password', 'Basic realm="Registry Realm"', { scheme: 'basic' }],
    ['of both kinds is one for a token', 'Basic realm="x", Bearer realm="https://a"', bearer('https://a')],
    ['of both kinds in another order', 'Bearer realm="https://a", Basic realm="x"', bearer('https://a')],
    ['for a token that names no service', 'Bearer service="a"', null],
    ['of another kind', 'Negotiate abc==, Digest realm="x", qop="auth"', null],
    ['that is empty', '', null],
    ['that is not there', null, null],
  ])('%s', (_what, header, expected) => {
    expect(challengeIn(header)).toEqual(expected);
  });

  it('of any length is read in no time', () => {
    expect(challengeIn(`Bearer realm="${'\\'.repeat(1_000_000)}`)).toBeNull();
    expect(challengeIn(',\t '.repeat(1_000_000))).toBeNull();
  });
});

it('what is wanted and what is demanded become one scope for each thing', () => {
  expect(
    scopesTogether(['repository:a:pull'], ['repository:a:pull,push', 'repository:b:pull', 'odd']),
  ).toEqual(['repository:a:pull,push', 'repository:b:pull']);
});
