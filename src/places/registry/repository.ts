// One repository of one registry: sends requests to it with what lets them in, and gives the answers that are expected.
import { collected } from '../../codec/bytes.ts';
import { quoted } from '../../codec/safe-text.ts';
import { StoreError } from '../../errors.ts';
import { atMost } from '../../net/body.ts';
import type { HttpAnswer, HttpClient, HttpRequest } from '../../net/http.ts';
import { isLoopbackHost } from '../../net/loopback.ts';
import { Retries } from '../../net/retries.ts';
import type { HttpSettings } from '../../net/settings.ts';
import { Authorizer } from './auth/authorizer.ts';
import { challengeIn } from './auth/challenge.ts';
import type { Credentials } from './auth/credentials.ts';
import { scopeOf } from './auth/scope.ts';
import { brokenPromise, isUnreachable, problemIn, problemOf, saidIn } from './problems.ts';
import { isSafeFrom } from './safe-url.ts';

export interface RepositoryName {
  /** With the port, where one is written. */
  host: string;
  repository: string;
}

export interface RegistryRequest extends HttpRequest {
  /** What is done, in words that follow "cannot". */
  doing: string;
  /** The statuses of an answer; any other is an error. */
  expected: readonly number[];
  /** Another repository that has to be read for it. */
  alsoReads?: string | undefined;
}

/** Docker's own registry answers at another address than it is named by. */
const DOCKER_HUB = 'docker.io';
const DOCKER_HUB_ADDRESS = 'registry-1.docker.io';

export class Repository {
  /** Of the registry. Only this machine is spoken to without encryption. */
  readonly origin: URL;
  readonly #authorizer: Authorizer;

  /** @param access what is going to be done, so that one token is enough */
  constructor(
    readonly name: RepositoryName,
    private readonly access: 'read' | 'write',
    private readonly http: HttpClient,
    credentials: Credentials,
  ) {
    const { host, repository } = name;
    const at = new URL(`https://${host === DOCKER_HUB ? DOCKER_HUB_ADDRESS : host}`);
    this.origin = isLoopbackHost(at.hostname) ? new URL(`http://${host}`) : at;
    this.#authorizer = new Authorizer(http, this.origin, repository, host, credentials);
  }

  /** As it is written in a reference. */
  get uri(): string {
    return `oci://${this.name.host}/${this.name.repository}`;
  }

  /** The address of something in the repository, such as `manifests/1`. */
  urlOf(path: string): URL {
    return new URL(`/v2/${this.name.repository}/${path}`, this.origin);
  }

  /**
   * Where the registry sends on, such as to what takes an upload.
   * @throws StoreError STORE_UNREACHABLE where it says nothing, or that is not to be used
   */
  locationIn(answer: HttpAnswer): URL {
    const location = answer.headers.get('location');
    const url =
      location !== null && URL.canParse(location, answer.url.href) ? new URL(location, answer.url) : null;
    if (url === null || !isSafeFrom(this.origin, url))
      throw brokenPromise(this.name.host, 'does not say where an upload goes');
    return url;
  }

  /**
   * The answer to a request, whose body the caller reads or discards. What the registry wants for it is found and sent
   * along; it goes to the registry alone.
   * @throws StoreError STORE_DENIED, STORE_NOT_FOUND, STORE_UNREACHABLE; FormatError FORMAT_LIMIT_EXCEEDED; as `HttpClient.send`
   */
  async send(url: URL, { doing, expected, alsoReads, ...request }: RegistryRequest): Promise<HttpAnswer> {
    const wanted = [scopeOf(this.name.repository, this.access)];
    if (alsoReads !== undefined) wanted.push(scopeOf(alsoReads, 'read'));
    const isOurs = url.origin === this.origin.origin;
    let header = isOurs ? await this.#authorizer.headerFor(wanted, request.signal) : null;
    let answer = await this.http.send(url, authorized(request, header));
    if (answer.status === 401 && isOurs) {
      const challenge = challengeIn(answer.headers.get('www-authenticate'));
      const said = await saidIn(answer);
      header = challenge && (await this.#authorizer.answer(challenge, wanted, header, request.signal));
      if (header === null) throw problemOf(401, said, doing, await this.#loginHint());
      answer = await this.http.send(url, authorized(request, header));
    }
    if (expected.includes(answer.status)) return answer;
    throw await problemIn(answer, doing, answer.status === 401 ? await this.#loginHint() : undefined);
  }

  /**
   * The same, with all bytes of an answer that is small; asked again where it breaks.
   * @throws the error from `tooLarge`; as `send`
   */
  async sendForAll(
    url: URL,
    request: RegistryRequest,
    { maxBytes, tooLarge }: { maxBytes: number; tooLarge: () => Error },
  ): Promise<{ answer: HttpAnswer; bytes: Buffer }> {
    const retries = this.newRetries();
    for (;;) {
      const answer = await this.send(url, request);
      try {
        return { answer, bytes: await collected(atMost(answer.bytes, maxBytes, tooLarge)) };
      } catch (error) {
        if (!isUnreachable(error) || !(await retries.another(null, request.signal))) throw error;
      }
    }
  }

  /** For the attempts of a transfer that bring nothing: one that brings some has new ones. */
  newRetries(): Retries {
    return new Retries(this.settings, true);
  }

  /** As all that is sent here goes by. */
  get settings(): HttpSettings {
    return this.http.settings;
  }

  async #loginHint(): Promise<string> {
    const host = this.name.host;
    const problems = await this.#authorizer.problems();
    if (problems.length > 0) return `${problems.join('; ')}: repair it, or log in to ${host} again`;
    return (await this.#authorizer.isKnown())
      ? `the login that is kept for ${host} is not taken: log in again`
      : `log in to ${host} with docker, podman or oras`;
  }
}

function authorized(request: HttpRequest, header: string | null): HttpRequest {
  return header === null ? request : { ...request, headers: { ...request.headers, authorization: header } };
}

/** @throws StoreError STORE_UNREACHABLE where the registry says that it has something else */
export function assertSameDigest(answer: HttpAnswer, digest: string, host: string): void {
  const said = answer.headers.get('docker-content-digest');
  if (said === null || said === digest) return;
  throw new StoreError('STORE_UNREACHABLE', `${quoted(host)} says that it has other bytes than were sent`, {
    hint: 'try again; something between here and the registry changes what passes',
    details: { host, digest },
  });
}
