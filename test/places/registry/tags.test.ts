// The tags of a repository, page by page.
import { expect, it } from 'vitest';
import { AddressFence } from '../../../src/net/address-fence.ts';
import { HttpClient } from '../../../src/net/http.ts';
import { Credentials } from '../../../src/places/registry/auth/credentials.ts';
import { Repository } from '../../../src/places/registry/repository.ts';
import { listTags } from '../../../src/places/registry/tags.ts';
import { failing } from '../../fixtures/failing.ts';
import { failed, MemoryRegistry } from '../../fixtures/servers/registries/memory-registry.ts';
import { QUICK } from './registry-place.ts';

/** What is answered for each `last` of the query. */
type Pages = Record<string, { body: unknown; link?: string }>;

async function tagsIn(pages: Pages): Promise<{ tags: string[]; asked: string[] }> {
  const registry = await MemoryRegistry.start({
    intercept: ({ path }, response) => {
      const url = new URL(path, 'http://registry');
      if (url.pathname !== '/v2/team/tools/tags/list') return false;
      const page = pages[url.searchParams.get('last') ?? ''];
      if (page === undefined) {
        failed(response, 404, 'NAME_UNKNOWN');
        return true;
      }
      const link = page.link?.replace('REGISTRY', `http://${registry.address}`);
      response.writeHead(200, { 'content-type': 'application/json', ...(link && { link }) });
      response.end(typeof page.body === 'string' ? page.body : JSON.stringify(page.body));
      return true;
    },
  });
  const name = { host: registry.address, repository: 'team/tools' };
  const http = new HttpClient(AddressFence.open, QUICK);
  const repository = new Repository(name, 'read', http, new Credentials({ inline: '{}', files: [] }));
  const tags = await listTags(repository, undefined);
  return { tags, asked: registry.asked.map(({ path }) => path) };
}

const page = (...tags: unknown[]) => ({ name: 'team/tools', tags });
const referrers = `sha256-${'a'.repeat(64)}`;

it.each([
  ['as a path', '</v2/team/tools/tags/list?last=b&n=2>; rel="next"'],
  ['as an address', '<REGISTRY/v2/team/tools/tags/list?last=b&n=2>; rel=next'],
  ['beside others', '</v2/x>; rel="first", <list?n=2&last=b>; rel="next"'],
])('every page is read, where the next one is named %s', async (_how, link) => {
  const { tags, asked } = await tagsIn({ '': { body: page('a', 'b'), link }, b: { body: page('c') } });
  expect(tags).toEqual(['a', 'b', 'c']);
  expect(asked[0]).toBe('/v2/team/tools/tags/list?n=1000');
  expect(asked).toHaveLength(2);
});

it('what stands for referrers, or is no tag, is left out, and each is there once', async () => {
  const all = page('b', '1', referrers, `${referrers}.sig`, 'a b', '', '../x', '1', 'sha256-1');
  expect((await tagsIn({ '': { body: all } })).tags).toEqual(['1', 'b', 'sha256-1']);
});

it.each([
  ['none', { name: 'team/tools', tags: null }],
  ['an empty list', page()],
])('a repository without tags has none: %s', async (_what, body) => {
  expect((await tagsIn({ '': { body } })).tags).toEqual([]);
});

it('a list does not lead to another origin', async () => {
  const link = '<http://127.0.0.1:1/v2/team/tools/tags/list?last=b>; rel="next"';
  expect((await tagsIn({ '': { body: page('a'), link } })).tags).toEqual(['a']);
});

it('a list that does not end is refused', async () => {
  const again = { body: page('a'), link: '<list?last=a>; rel="next"' };
  await expect(tagsIn({ '': again, a: again })).rejects.toEqual(failing('STORE_UNREACHABLE'));
});

it('a repository that is not there is said to be not there', async () => {
  await expect(tagsIn({})).rejects.toEqual(failing('STORE_NOT_FOUND'));
});

it.each([
  ['a web page', '<html>'],
  ['tags that are no text', page(1)],
  ['a list of something else', []],
])('what is no list of tags is refused: %s', async (_what, body) => {
  await expect(tagsIn({ '': { body } })).rejects.toEqual(failing('STORE_UNREACHABLE'));
});

it('more than a reasonable list is refused', async () => {
  const body = page(...Array.from({ length: 100_001 }, (_, i) => `t${i}`));
  await expect(tagsIn({ '': { body } })).rejects.toEqual(failing('FORMAT_LIMIT_EXCEEDED'));
});
