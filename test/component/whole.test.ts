import { describe, expect, it } from 'vitest';
import { WasmSections } from '../../src/component/whole.ts';
import { componentBytes, coreModuleBytes } from '../fixtures/components/component.ts';
import {
  COMPONENT_PREAMBLE,
  componentOfSections,
  section,
} from '../fixtures/components/component-sections.ts';

/** What is wrong with the bytes, which come whole and byte by byte. */
function problemOf(bytes: Uint8Array): string | null {
  const [whole, pieces] = [new WasmSections(), new WasmSections()];
  whole.write(bytes);
  for (const byte of bytes) pieces.write(Uint8Array.of(byte));
  expect(pieces.problem()).toBe(whole.problem());
  return whole.problem();
}

describe('the bytes of a component', () => {
  it('are whole with each section at its full length', () => {
    expect(problemOf(componentBytes('tool', 500))).toBeNull();
    expect(problemOf(componentOfSections())).toBeNull();
    expect(problemOf(componentOfSections(section(1, []), section(12, new Uint8Array(200))))).toBeNull();
  });

  it('are half ones wherever they stop within a section', () => {
    const bytes = componentOfSections(section(1, new Uint8Array(200)));
    for (let length = COMPONENT_PREAMBLE.length + 1; length < bytes.length; length++)
      expect(problemOf(bytes.subarray(0, length))).toBe('it ends in the middle of a section');
  });

  const sections = (...bytes: number[]) => Buffer.from([...COMPONENT_PREAMBLE, ...bytes]);
  it.each<[string, Uint8Array, RegExp]>([
    ['nothing', Buffer.alloc(0), /^it is empty$/],
    ['a few of the first bytes', Buffer.from(COMPONENT_PREAMBLE.slice(0, 5)), /too short/],
    ['a core module', coreModuleBytes(), /is a core module, not a component/],
    ['a pointer of Git LFS', Buffer.from('version https://git-lfs.example/v1\n'), /git lfs pull/],
    ['a file of macOS', Buffer.from([0, 5, 0x16, 7, 0, 2, 0, 0, 1]), /AppleDouble/],
    ['a text', Buffer.from('hello, world'), /does not start like a WebAssembly component/],
    ['a section of an unknown kind', sections(13, 0), /unknown kind 13/],
    ['a size of 35 bits', sections(1, 0x80, 0x80, 0x80, 0x80, 0x80, 0), /not a number of 32 bits/],
  ])('are not %s', (_what, bytes, problem) => {
    expect(problemOf(bytes)).toMatch(problem);
  });
});
