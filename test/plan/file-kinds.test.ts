import { expect, it } from 'vitest';
import {
  type ComponentChange,
  FILE_KINDS,
  filesBefore,
  inverseOf,
  KINDS,
  newBytes,
} from '../../src/plan/file-kinds.ts';
import { fileOf } from '../fixtures/plan.ts';

const change: ComponentChange = {
  component_id: 'a',
  wasm: { old: fileOf('old'), new: fileOf('new') },
  policy: { old: fileOf('same'), new: fileOf('same') },
  policyMeta: { old: null, new: fileOf('meta') },
  secrets: { old: fileOf('s1'), new: fileOf('s2') },
};

it('each kind of file has a name of its own', () => {
  expect(new Set(KINDS.map((kind) => FILE_KINDS[kind].suffix)).size).toBe(KINDS.length);
});

it('taking a change back is the change the other way, and back again is the change', () => {
  expect(inverseOf(change)).toEqual({
    component_id: 'a',
    wasm: { old: fileOf('new'), new: fileOf('old') },
    policy: { old: fileOf('same'), new: fileOf('same') },
    policyMeta: { old: fileOf('meta'), new: null },
    secrets: { old: fileOf('s2'), new: fileOf('s1') },
  });
  expect(inverseOf(inverseOf(change))).toEqual(change);
});

it('bytes are needed of what becomes another file, and kept of what was there', () => {
  expect(KINDS.map((kind) => newBytes(change[kind]))).toEqual([
    fileOf('new'),
    null,
    fileOf('meta'),
    fileOf('s2'),
  ]);
  expect(filesBefore(change).map(({ kind, sha256 }) => [kind, sha256])).toEqual([
    ['wasm', fileOf('old').sha256],
    ['policy', fileOf('same').sha256],
    ['secrets', fileOf('s1').sha256],
  ]);
});
