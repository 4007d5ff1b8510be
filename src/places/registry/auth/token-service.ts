// Gets a token from the service that a registry names: for a login, or for nobody in particular.
import * as z from 'zod';
import { collected } from '../../../codec/bytes.ts';
import { parsedJson } from '../../../codec/json/parsed.ts';
import { quoted } from '../../../codec/safe-text.ts';
import { StoreError } from '../../../errors.ts';
import { atMost } from '../../../net/body.ts';
import type { HttpAnswer, HttpClient, HttpRequest } from '../../../net/http.ts';
import { isSafeFrom } from '../safe-url.ts';
import type { Challenge } from './challenge.ts';
import type { Credential } from './credential.ts';
import type { Scopes } from './scope.ts';

type BearerChallenge = Extract<Challenge, { scheme: 'bearer' }>;

export interface Token {
  text: string;
  /** How long it is good, from now. */
  seconds: number;
}

const MAX_ANSWER_BYTES = 1024 * 1024;
/** What services mean that do not say. */
const DEFAULT_SECONDS = 60;

const AnswerSchema = z.looseObject({
  token: z.string().optional(),
  access_token: z.string().optional(),
  expires_in: z.number().positive().nullish(),
});
/** A value of a header, without blanks. */
const TOKEN = /^[\x21-\x7e]+$/;

/**
 * The service that a challenge names, which gets the login of the registry.
 * @throws StoreError STORE_DENIED where it is not https, but for this machine's own registry
 */
export function tokenServiceOf({ realm }: BearerChallenge, registry: URL): URL {
  const url = URL.canParse(realm) ? new URL(realm) : null;
  if (url !== null && isSafeFrom(registry, url)) return url;
  throw new StoreError(
    'STORE_DENIED',
    `${quoted(registry.host)} sends whoever logs in to a place that is not https`,
    { hint: 'nothing was sent there: ask whoever runs the registry', details: { host: registry.host } },
  );
}

/** @throws StoreError STORE_DENIED where the service refuses, STORE_UNREACHABLE */
export async function fetchToken(
  http: HttpClient,
  service: URL,
  wanted: { service: string | null; scopes: Scopes; credential: Credential | null },
  signal: AbortSignal | undefined,
): Promise<Token> {
  const answer = await http.send(...requestFor(service, wanted, signal));
  if (answer.status !== 200) throw await refused(answer, service);
  const bytes = await collected(atMost(answer.bytes, MAX_ANSWER_BYTES, () => unknownForm(service)));
  const { data } = AnswerSchema.safeParse(parsedJson(bytes.toString('utf8')));
  const text = data?.token || data?.access_token;
  if (text === undefined || !TOKEN.test(text)) throw unknownForm(service);
  return { text, seconds: data?.expires_in ?? DEFAULT_SECONDS };
}

/** A password goes along as it does to the registry; an identity token is exchanged, as OAuth has it. */
function requestFor(
  realm: URL,
  { service, scopes, credential }: { service: string | null; scopes: Scopes; credential: Credential | null },
  signal: AbortSignal | undefined,
): [URL, HttpRequest] {
  const url = new URL(realm);
  const common = { ...(signal === undefined ? {} : { signal }) };
  if (credential?.kind === 'identity-token') {
    const form = new URLSearchParams({ grant_type: 'refresh_token', client_id: 'wassette-state' });
    if (service !== null) form.set('service', service);
    if (scopes.length > 0) form.set('scope', scopes.join(' '));
    form.set('refresh_token', credential.token);
    const body = Buffer.from(form.toString());
    return [
      url,
      {
        ...common,
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        bodyBytes: body.length,
        body: async function* () {
          yield body;
        },
      },
    ];
  }
  if (service !== null) url.searchParams.set('service', service);
  for (const scope of scopes) url.searchParams.append('scope', scope);
  if (credential?.kind !== 'password') return [url, common];
  return [url, { ...common, headers: { authorization: basic(credential) } }];
}

export function basic({ username, password }: Extract<Credential, { kind: 'password' }>): string {
  return `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`;
}

async function refused(answer: HttpAnswer, service: URL): Promise<StoreError> {
  await answer.discard();
  const { status } = answer;
  const host = quoted(service.host);
  if (status === 400 || status === 401 || status === 403) {
    return new StoreError(
      'STORE_DENIED',
      `${host}, which lets into the registry, refuses the login (${status})`,
      {
        hint: 'log in to the registry again, with docker, podman or oras',
        details: { host: service.host, status },
      },
    );
  }
  return new StoreError('STORE_UNREACHABLE', `${host}, which lets into the registry, answers ${status}`, {
    hint: 'try again later, or ask whoever runs the registry',
    details: { host: service.host, status },
  });
}

function unknownForm(service: URL): StoreError {
  return new StoreError(
    'STORE_UNREACHABLE',
    `${quoted(service.host)}, which lets into the registry, answers in an unknown form`,
    { hint: 'ask whoever runs the registry', details: { host: service.host } },
  );
}
