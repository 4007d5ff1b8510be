// What refers to a manifest of a repository, such as its signatures: by the referrers API, and by the tag `sha256-<hex>` where
// a registry has none (OCI distribution 1.1, "referrers tag schema").
import { readJsonTree } from '../../codec/json/tree.ts';
import { FormatError, StoreError } from '../../errors.ts';
import {
  type Descriptor,
  INDEX_MEDIA_TYPE,
  type Index,
  MANIFEST_MEDIA_TYPE,
  parseIndex,
  sha256Of,
} from '../../snapshot/oci-manifest.ts';
import type { Referrer } from '../../snapshot/signatures/oci-referrer.ts';
import { putManifest, readManifest } from './manifests.ts';
import { nextPage } from './pages.ts';
import type { Repository } from './repository.ts';

const MAX_INDEX_BYTES = 4 * 1024 * 1024;
const LIMITS = { depth: 16, documentBytes: MAX_INDEX_BYTES, values: 200_000 };
/** Whoever may write to the repository can add more. */
const MAX_REFERRERS = 1_000;
const MAX_PAGES = 100;
/** How often is looked whether the list has kept what was added. */
const MOST_LOOKS = 8;
const LONGEST_WAIT_MS = 10_000;

/** Runs `work` while no other process on this machine changes what refers to a manifest. */
export type Alone = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * What the registry lists for the manifest `digest`, each once; nothing of it was looked at.
 * @throws FormatError FORMAT_INVALID, FORMAT_LIMIT_EXCEEDED; as `Repository.send`
 */
export async function listReferrers(
  repository: Repository,
  digest: string,
  signal: AbortSignal | undefined,
): Promise<Descriptor[]> {
  // Also where there is the API: what was pushed before the registry had it may be under the tag alone.
  const [listed, tagged] = await Promise.all([
    listByApi(repository, digest, signal),
    readTag(repository, digest, signal),
  ]);
  const all = new Map([...listed, ...tagged.index.manifests].map((entry) => [entry.digest, entry]));
  if (all.size > MAX_REFERRERS) throw tooMany();
  return [...all.values()];
}

/**
 * Makes referrers that were put as manifests findable. A registry whose answers to that said so has done it by itself.
 * @param answers what it said, in the same order
 * @throws StoreError STORE_CHANGING where others keep changing the tag; as `listReferrers`
 */
export async function addReferrers(
  repository: Repository,
  subject: string,
  referrers: readonly Referrer[],
  answers: readonly Headers[],
  alone: Alone,
  signal: AbortSignal | undefined,
): Promise<void> {
  const missing = referrers.filter((_, index) => answers[index]?.get('oci-subject') !== subject);
  if (missing.length === 0) return;
  const added = missing.map(({ descriptor }) => descriptor);
  const { clock, pauseMs } = repository.settings;
  for (let looks = 0; looks < MOST_LOOKS; looks++) {
    const begun = clock.now();
    if (!(await alone(() => addToTag(repository, subject, added, signal)))) return;
    // Who had read the list before may still write it. Whoever shares this machine is not kept waiting meanwhile.
    const patience = Math.min(LONGEST_WAIT_MS, Math.max(2 * pauseMs, 2 * (clock.now() - begun)));
    await clock.pause(patience * (1 + Math.random() / 2), signal);
  }
  throw keepsChanging(repository);
}

/**
 * False where all are there already. Somebody else who has changed the tag since it was read is noticed by a registry that knows
 * conditions, and else when it is read again.
 */
async function addToTag(
  repository: Repository,
  subject: string,
  added: readonly Descriptor[],
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const retries = repository.newRetries();
  for (let isChanged = false; ; isChanged = true) {
    const { index, etag } = await readTag(repository, subject, signal);
    const present = new Set(index.manifests.map(({ digest }) => digest));
    const missing = added.filter(({ digest }) => !present.has(digest));
    if (missing.length === 0) return isChanged;
    if (isChanged && !(await retries.another(null, signal))) throw keepsChanging(repository);
    if (present.size + missing.length > MAX_REFERRERS) throw tooMany();
    const bytes = Buffer.from(JSON.stringify({ ...index, manifests: [...index.manifests, ...missing] }));
    const changed = { bytes, mediaType: INDEX_MEDIA_TYPE, replaces: etag };
    await putManifest(repository, tagOf(subject), changed, signal).catch(unlessLost);
  }
}

/** For `catch`: who was too late reads again. */
function unlessLost(error: unknown): void {
  if (!(error instanceof StoreError && error.code === 'STORE_CHANGING')) throw error;
}

const EMPTY: Index = { schemaVersion: 2, mediaType: INDEX_MEDIA_TYPE, manifests: [] };

/** In the same repository as what it is about. */
function tagOf(digest: string): string {
  return `sha256-${sha256Of({ digest })}`;
}

async function readTag(
  repository: Repository,
  subject: string,
  signal: AbortSignal | undefined,
): Promise<{ index: Index; etag: string | null | undefined }> {
  const found = await readManifest(repository, tagOf(subject), signal);
  if (found === null) return { index: EMPTY, etag: null };
  const index = found.mediaType === MANIFEST_MEDIA_TYPE ? EMPTY : await parsed(found.bytes);
  return { index, etag: found.etag ?? undefined };
}

/** None where the registry has no such list. */
async function listByApi(
  repository: Repository,
  digest: string,
  signal: AbortSignal | undefined,
): Promise<Descriptor[]> {
  const found: Descriptor[] = [];
  let url: URL | null = repository.urlOf(`referrers/${digest}`);
  for (let pages = 0; url !== null && pages < MAX_PAGES; pages++) {
    const { answer, bytes } = await repository.sendForAll(
      url,
      {
        headers: { accept: INDEX_MEDIA_TYPE },
        doing: `list what refers to a manifest of ${repository.uri}`,
        // What has no such list answers in many ways.
        expected: [200, 400, 404, 405, 406],
        signal,
      },
      { maxBytes: MAX_INDEX_BYTES, tooLarge: tooMany },
    );
    if (answer.status !== 200 || !isIndex(answer.headers)) return found;
    found.push(...(await parsed(bytes)).manifests);
    if (found.length > MAX_REFERRERS) throw tooMany();
    url = nextPage(answer.headers.get('link'), answer.url, repository.origin);
  }
  return found;
}

/** A registry that serves a web page under any address has no list either. */
function isIndex(headers: Headers): boolean {
  return (headers.get('content-type') ?? '').startsWith(INDEX_MEDIA_TYPE);
}

async function parsed(bytes: Buffer): Promise<Index> {
  return parseIndex(await readJsonTree([bytes], { limits: LIMITS }));
}

function tooMany(): FormatError {
  return new FormatError('FORMAT_LIMIT_EXCEEDED', `more than ${MAX_REFERRERS} things refer to the snapshot`, {
    hint: 'remove from the repository what nobody needs',
    details: { limit: MAX_REFERRERS },
  });
}

function keepsChanging(repository: Repository): StoreError {
  return new StoreError(
    'STORE_CHANGING',
    `others keep changing what refers to the snapshot in ${repository.uri}`,
    {
      hint: 'sign it again once they have finished; the snapshot itself is there',
    },
  );
}
