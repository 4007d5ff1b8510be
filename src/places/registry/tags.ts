// The tags of a repository, whatever they name.
import * as z from 'zod';
import { parsedJson } from '../../codec/json/parsed.ts';
import { FormatError } from '../../errors.ts';
import { isTag } from '../references/registry.ts';
import { nextPage } from './pages.ts';
import { brokenPromise } from './problems.ts';
import type { Repository } from './repository.ts';

const PAGE = '1000';
const MAX_PAGE_BYTES = 4 * 1024 * 1024;
const MAX_TAGS = 100_000;
/** Many times what so many tags take. */
const MAX_PAGES = 1_000;

/** The list of what refers to a manifest, where there is no better one, and what `cosign` has beside it. */
const OF_REFERRERS = /^sha256-[0-9a-f]{64}(?:$|\.)/;

const PageSchema = z.looseObject({ tags: z.array(z.string()).nullish() });

/**
 * Sorted, which older registries do not do, and without those that stand for what refers to a manifest.
 * @throws FormatError FORMAT_LIMIT_EXCEEDED; StoreError STORE_NOT_FOUND, STORE_UNREACHABLE; as `Repository.send`
 */
export async function listTags(repository: Repository, signal: AbortSignal | undefined): Promise<string[]> {
  const found = new Set<string>();
  let url: URL | null = repository.urlOf('tags/list');
  url.searchParams.set('n', PAGE);
  for (let pages = 0; url !== null; pages++) {
    if (pages === MAX_PAGES) throw brokenPromise(repository.name.host, 'does not end its list of tags');
    const { answer, bytes } = await repository.sendForAll(
      url,
      { doing: `list the tags of ${repository.uri}`, expected: [200], signal },
      { maxBytes: MAX_PAGE_BYTES, tooLarge: tooMany },
    );
    const page = PageSchema.safeParse(parsedJson(bytes.toString('utf8'))).data;
    if (page === undefined)
      throw brokenPromise(repository.name.host, 'answers with something else than a list of tags');
    for (const tag of page.tags ?? []) if (isTag(tag) && !OF_REFERRERS.test(tag)) found.add(tag);
    if (found.size > MAX_TAGS) throw tooMany();
    url = nextPage(answer.headers.get('link'), answer.url, repository.origin);
  }
  return [...found].sort();
}

function tooMany(): FormatError {
  return new FormatError(
    'FORMAT_LIMIT_EXCEEDED',
    `a list of more than ${MAX_TAGS} tags, or of very long ones`,
    {
      hint: 'look for the tag with a program of the registry',
      details: { limit: MAX_TAGS },
    },
  );
}
