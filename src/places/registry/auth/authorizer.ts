// Lets requests into one registry: answers what it asks for with the login that is kept for it, and keeps the tokens.
import { quoted } from '../../../codec/safe-text.ts';
import { StoreError } from '../../../errors.ts';
import type { HttpClient } from '../../../net/http.ts';
import type { Challenge } from './challenge.ts';
import type { Credentials, FoundLogin } from './credentials.ts';
import { type Scopes, scopesTogether } from './scope.ts';
import { basic, fetchToken, tokenServiceOf } from './token-service.ts';

interface Kept {
  header: string;
  /** What it is for: what was wanted, and what the registry demanded beyond that. */
  scopes: Scopes;
  /** By the clock of `performance.now`. */
  until: number;
}

/** A token that ends while a request is on its way has to be asked for again, and the bytes sent twice. */
const RENEWED_BEFORE_MS = 10_000;

export class Authorizer {
  readonly #tokens = new Map<string, Promise<Kept>>();
  #challenge: Challenge | null = null;
  #login: Promise<FoundLogin> | null = null;

  /** @param registry its address; @param repository whose login is looked for */
  constructor(
    private readonly http: HttpClient,
    private readonly registry: URL,
    private readonly repository: string,
    private readonly host: string,
    private readonly credentials: Credentials,
  ) {}

  /** What lets a request in, as far as the registry has said what it wants; null before it has. @throws as `answer` */
  async headerFor(wanted: Scopes, signal?: AbortSignal): Promise<string | null> {
    if (this.#challenge === null) return null;
    return this.#headerFor(this.#challenge, wanted, null, signal);
  }

  /**
   * The answer to a challenge; null where there is no other than the one that was `refused`.
   * @throws StoreError STORE_DENIED, STORE_UNREACHABLE; FormatError FORMAT_INVALID_CONFIG
   */
  async answer(
    challenge: Challenge,
    wanted: Scopes,
    refused: string | null,
    signal?: AbortSignal,
  ): Promise<string | null> {
    this.#challenge = challenge;
    const header = await this.#headerFor(challenge, wanted, refused, signal);
    return header === refused ? null : header;
  }

  /** What could not be asked for a login, for whoever is told that the registry wants one. */
  async problems(): Promise<readonly string[]> {
    return (await this.#find()).problems;
  }

  /** Whether somebody has logged in. */
  async isKnown(): Promise<boolean> {
    return (await this.#find()).credential !== null;
  }

  async #headerFor(
    challenge: Challenge,
    wanted: Scopes,
    refused: string | null,
    signal: AbortSignal | undefined,
  ): Promise<string | null> {
    const { credential } = await this.#find();
    if (credential?.kind === 'bearer') return `Bearer ${credential.token}`;
    if (challenge.scheme === 'basic') {
      if (credential?.kind === 'identity-token') throw cannotUse(this.registry);
      return credential === null ? null : basic(credential);
    }
    const key = wanted.join(' ');
    for (;;) {
      const asked = this.#tokens.get(key);
      const kept = await asked?.catch(() => undefined);
      // Whoever came first asks for all that wait.
      if (this.#tokens.get(key) !== asked) continue;
      if (kept !== undefined && kept.header !== refused && kept.until > performance.now()) return kept.header;
      const scopes = scopesTogether(kept?.scopes ?? wanted, challenge.scopes);
      return (await this.#keep(key, this.#fetch(challenge, scopes, signal))).header;
    }
  }

  #keep(key: string, asked: Promise<Kept>): Promise<Kept> {
    this.#tokens.set(key, asked);
    asked.catch(() => {
      if (this.#tokens.get(key) === asked) this.#tokens.delete(key);
    });
    return asked;
  }

  async #fetch(
    challenge: Extract<Challenge, { scheme: 'bearer' }>,
    scopes: Scopes,
    signal: AbortSignal | undefined,
  ): Promise<Kept> {
    const { credential } = await this.#find();
    const service = tokenServiceOf(challenge, this.registry);
    const wanted = { service: challenge.service, scopes, credential };
    const { text, seconds } = await fetchToken(this.http, service, wanted, signal);
    const until = performance.now() + Math.max(0, seconds * 1000 - RENEWED_BEFORE_MS);
    return { header: `Bearer ${text}`, scopes, until };
  }

  #find(): Promise<FoundLogin> {
    this.#login ??= this.credentials.find(this.host, this.repository);
    return this.#login;
  }
}

function cannotUse(registry: URL): StoreError {
  return new StoreError(
    'STORE_DENIED',
    `${quoted(registry.host)} wants a password, and the login that is kept for it is a token`,
    { hint: 'log in to the registry again, with docker, podman or oras', details: { host: registry.host } },
  );
}
