// Code at the addresses that a snapshot names. Each is read once, and is an error unless it is the code that the snapshot names.
import { createHash } from 'node:crypto';
import { fewOf } from '../../codec/enumeration.ts';
import { quoted } from '../../codec/safe-text.ts';
import { shownUri } from '../../codec/shown-uri.ts';
import type { BlobSource } from '../../disk/blobs/blob.ts';
import { type StateError, StoreError, VerificationError } from '../../errors.ts';
import { AddressFence } from '../../net/address-fence.ts';
import { download } from '../../net/download.ts';
import { HttpClient } from '../../net/http.ts';
import { RemoteFence } from '../../net/remote-fence.ts';
import type { RegistryReference } from '../../places/references/registry.ts';
import { Credentials } from '../../places/registry/auth/credentials.ts';
import { ComponentImage } from '../../places/registry/component-image.ts';
import { registryLogins } from '../../wassette/locations.ts';
import type { FetchOptions } from '../site.ts';
import type { CodeSource } from './source.ts';

/** Of what is larger than it should be, so much more is read to say what it is. */
const MOST_READ_ON = 64 * 1024 * 1024;

const FETCHED =
  'code that was neither in the snapshot nor here was fetched from where the snapshot says it is, and is the code that it names';
const OR_WITH_CODE = 'or get the snapshot with its code';
const OTHER_POLICY = 'includes a policy of its own, which is not used: what counts is what the snapshot says';

export class RemoteCode {
  /** Of one image, which may hold the code of several components. */
  readonly #images = new Map<string, Promise<ComponentImage>>();
  readonly #fetched: CodeSource[] = [];
  readonly #withPolicy: string[] = [];
  readonly #loadable: CodeSource[] = [];

  constructor(
    private readonly http: HttpClient,
    private readonly credentials: Credentials,
    /** What alone is asked; null where all of the internet may be. */
    private readonly only: RemoteFence | null,
    private readonly signal: AbortSignal | undefined,
  ) {}

  /** @throws UsageError USAGE_BAD_ARGUMENT for a bad prefix */
  static within(
    { fetchFrom = [], fetchElsewhere = true }: FetchOptions,
    signal: AbortSignal | undefined,
  ): RemoteCode {
    const permitted = RemoteFence.of(fetchFrom);
    const http = new HttpClient(AddressFence.forOthers(permitted));
    const only = fetchElsewhere ? null : permitted;
    return new RemoteCode(http, new Credentials(registryLogins()), only, signal);
  }

  /** What has to be said of what was read. */
  get notes(): readonly string[] {
    const from = this.#fetched.map(
      ({ component_id, uri }) => `${quoted(component_id)} from ${quoted(shownUri(uri))}`,
    );
    return [
      ...(from.length === 0 ? [] : [`${FETCHED}: ${fewOf(from, 5)}`]),
      ...(this.#withPolicy.length === 0
        ? []
        : [`the image of ${fewOf(this.#withPolicy.map(quoted), 5)} ${OTHER_POLICY}`]),
    ];
  }

  /** Those that Wassette would load from the same address, too. */
  get loadable(): readonly CodeSource[] {
    return this.#loadable;
  }

  /** @throws PolicyError POLICY_OUTSIDE_FENCE */
  assertAllowed({ remote, uri }: CodeSource): void {
    this.only?.assertIncludes(remote, shownUri(uri));
  }

  /**
   * Its bytes are asked for when it is opened.
   * @throws VerificationError VERIFY_DIGEST_MISMATCH with both digests, VERIFY_PART_MISSING; StoreError STORE_NOT_FOUND,
   * STORE_DENIED, STORE_UNREACHABLE; FormatError FORMAT_NOT_A_COMPONENT; PolicyError POLICY_OUTSIDE_FENCE
   */
  codeFrom(source: CodeSource): BlobSource {
    const { component_id, sha256, size, at } = source;
    const bytes = () => (at instanceof URL ? this.#file(source, at) : this.#layer(source, at));
    return { component_id, sha256, size, open: () => saying(source, bytes()) };
  }

  async close(): Promise<void> {
    await this.http.close();
  }

  async *#file(source: CodeSource, url: URL): AsyncGenerator<Uint8Array> {
    this.assertAllowed(source);
    const file = await download(this.http, url, this.signal);
    yield* sameCode(source, file.bytes);
    this.#fetched.push(source);
    this.#loadable.push(source);
  }

  async *#layer(source: CodeSource, reference: RegistryReference): AsyncGenerator<Uint8Array> {
    this.assertAllowed(source);
    const image = await this.#imageAt(reference);
    const layer = await image.find(source);
    if (layer === null) throw otherCode(source, image.code[0] ?? 'no code');
    yield* sameCode(source, layer.open());
    this.#fetched.push(source);
    if (image.hasPolicy) this.#withPolicy.push(source.component_id);
    if (image.code[0] === source.sha256) this.#loadable.push(source);
  }

  #imageAt(reference: RegistryReference): Promise<ComponentImage> {
    const known = this.#images.get(reference.text);
    if (known !== undefined) return known;
    const image = ComponentImage.at(reference, this.http, this.credentials, this.signal);
    this.#images.set(reference.text, image);
    return image;
  }
}

/** The bytes, if they are the code; nothing beyond its size. */
async function* sameCode(source: CodeSource, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of bytes) {
    size += chunk.length;
    if (size > source.size + MOST_READ_ON) throw otherCode(source, 'something larger');
    hash.update(chunk);
    if (size <= source.size) yield chunk;
  }
  const found = hash.digest('hex');
  if (found !== source.sha256) throw otherCode(source, found);
}

/** With the component in what goes wrong on the way, and how to do without. */
async function* saying(source: CodeSource, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* bytes;
  } catch (error) {
    throw error instanceof StoreError || isGone(error) ? notFetched(source, error) : error;
  }
}

function isGone(error: unknown): error is VerificationError {
  return error instanceof VerificationError && error.code === 'VERIFY_PART_MISSING';
}

function notFetched({ component_id, uri }: CodeSource, cause: StoreError | VerificationError): StateError {
  const whose = `the code of component ${quoted(component_id)} cannot be fetched`;
  const details = { ...cause.details, component_id };
  const remedy = { do: 'carry-code' } as const;
  if (cause instanceof StoreError) {
    const hint = cause.hint === undefined ? OR_WITH_CODE : `${cause.hint}; ${OR_WITH_CODE}`;
    return new StoreError(cause.code, `${whose}: ${cause.message}`, { hint, remedy, details, cause });
  }
  const message = `${whose}: ${quoted(shownUri(uri))} lacks what its own image names`;
  return new VerificationError(cause.code, message, { hint: OR_WITH_CODE, remedy, details, cause });
}

/** @param found its SHA-256, or in words what it is */
function otherCode(source: CodeSource, found: string): VerificationError {
  const { component_id, sha256, uri, at } = source;
  const isPinned = !(at instanceof URL) && at.isPinned;
  return new VerificationError(
    'VERIFY_DIGEST_MISMATCH',
    `component ${quoted(component_id)}: ${quoted(shownUri(uri))} ${isPinned ? 'is' : 'is now'} other code than the snapshot names: expected sha256 ${sha256}, got ${found}`,
    {
      hint: isPinned
        ? 'the snapshot names the wrong source: get it with its code'
        : 'it was changed there since the export: get the snapshot with the code that it means, or load the new code where you trust it and export that',
      remedy: { do: 'carry-code' },
      details: { component_id, expected: sha256, found },
    },
  );
}
