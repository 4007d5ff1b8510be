// Which imports would keep a component from loading. That Wassette loads and refuses them so is shown by the slow test.
import { expect, it } from 'vitest';
import { derive } from '../fixtures/components/derived.ts';
import { componentOfText, WAT_FIXTURES, WAT_REFUSED } from '../fixtures/components/wat-components.ts';

const unlinkedIn = async (wat: string) => derive(await componentOfText(wat)).unlinked;

it.each(Object.entries(WAT_REFUSED).filter(([, [, unlinked]]) => unlinked !== undefined))(
  'an import of %s cannot be linked',
  async (_name, [wat, unlinked]) => {
    expect(await unlinkedIn(wat)).toEqual([unlinked]);
  },
);

it.each(['wat-composed', 'wat-import-of-types', 'wat-empty'])(
  'all imports of %s can be linked',
  async (name) => {
    expect(await unlinkedIn(WAT_FIXTURES[name]!)).toEqual([]);
  },
);

it('each import that cannot be linked is named, and no other', async () => {
  const wat = `(component
    (import "wasi:random/random@0.2.6" (instance (export "get-random-u64" (func (result u64)))))
    (import "wasi:keyvalue/store@0.2.0-draft" (instance (export "open" (func))))
    (import "wasi:config/store@0.2.0-rc.1" (instance (export "get" (func))))
    (import "demo:fix/log" (instance (export "inner" (instance (export "log" (func)))))))`;
  expect(await unlinkedIn(wat)).toEqual(['wasi:keyvalue/store@0.2.0-draft', 'demo:fix/log']);
});
