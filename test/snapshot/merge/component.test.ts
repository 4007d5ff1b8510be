// Names of secrets in a merge.
import { expect, it } from 'vitest';
import { mergeComponent } from '../../../src/snapshot/merge/component.ts';
import type { SnapshotComponent } from '../../../src/snapshot/shape.ts';
import { documentOf } from '../../fixtures/document.ts';

const naming = (secretNames: string[]): SnapshotComponent =>
  documentOf([{ id: 'weather', secretNames }]).components[0]!;

it('names of secrets are joined one by one', () => {
  const sides = {
    base: naming(['GONE', 'KEPT', 'LEFT']),
    ours: naming(['KEPT', 'LEFT', 'MINE', 'BOTH']),
    theirs: naming(['BOTH', 'GONE', 'KEPT', 'THEIRS']),
  };
  const { component } = mergeComponent(sides, new Map());
  expect(component?.secret_names).toEqual(['BOTH', 'KEPT', 'MINE', 'THEIRS']);
});

it('however many names of secrets there are, each is read a few times, and not once for each of the others', () => {
  let reads = 0;
  const counted = (names: string[]) => ({
    ...naming([]),
    secret_names: new Proxy(names, {
      get(target, key, receiver) {
        if (typeof key === 'string' && /^\d+$/.test(key)) reads++;
        return Reflect.get(target, key, receiver);
      },
    }),
  });
  const many = Array.from({ length: 300 }, (_, i) => `NAME_${i}`);
  const sides = {
    base: counted(many),
    ours: counted([...many, 'MINE']),
    theirs: counted([...many, 'THEIRS']),
  };
  const { component } = mergeComponent(sides, new Map());
  expect(component?.secret_names).toHaveLength(many.length + 2);
  expect(reads).toBeLessThan(30 * many.length);
});
