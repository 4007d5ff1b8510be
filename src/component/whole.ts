// Checks from its section headers that a file is a whole WebAssembly component: not a core module, not half written. It
// does not look into code; digests decide what is run.

import { COMPONENT_PREAMBLE, MODULE_PREAMBLE, PREAMBLE_BYTES, SECTION } from './decoder/wasm-format.ts';

/** Files that are sometimes found under the name of a component, by their first bytes. */
const OTHER_FILES: readonly (readonly [start: Buffer, problem: string])[] = [
  [MODULE_PREAMBLE, 'it is a core module, not a component'],
  [Buffer.from('version '), 'it is a Git LFS pointer, not the code itself: git lfs pull gets that'],
  [Buffer.from([0x00, 0x05, 0x16, 0x07]), 'it is macOS metadata about another file (AppleDouble), not code'],
];

export class WasmSections {
  #preamble = 0;
  #head = Buffer.alloc(PREAMBLE_BYTES);
  #skip = 0;
  #sizeBytes = -1;
  #size = 0;
  #problem: string | null = null;

  write(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length && this.#problem === null) {
      if (this.#preamble < PREAMBLE_BYTES) {
        this.#head[this.#preamble++] = chunk[at++]!;
        if (this.#preamble === PREAMBLE_BYTES) this.#checkPreamble();
      } else if (this.#skip > 0) {
        const step = Math.min(this.#skip, chunk.length - at);
        this.#skip -= step;
        at += step;
      } else {
        this.#readHeader(chunk[at++]!);
      }
    }
  }

  /** Why the bytes so far are not a whole component; null when they are. */
  problem(): string | null {
    if (this.#problem !== null) return this.#problem;
    if (this.#preamble === 0) return 'it is empty';
    if (this.#preamble < PREAMBLE_BYTES) return 'it is too short for a WebAssembly component';
    return this.#skip > 0 || this.#sizeBytes >= 0 ? 'it ends in the middle of a section' : null;
  }

  #checkPreamble(): void {
    if (this.#head.equals(COMPONENT_PREAMBLE)) return;
    const known = OTHER_FILES.find(([start]) => this.#head.subarray(0, start.length).equals(start));
    this.#problem = known?.[1] ?? 'it does not start like a WebAssembly component';
  }

  /** One byte of a section header: an id, then its size as LEB128 of at most 5 bytes. */
  #readHeader(byte: number): void {
    if (this.#sizeBytes < 0) {
      if (byte > SECTION.values) this.#problem = `it has a section of unknown kind ${byte}`;
      this.#sizeBytes = 0;
      this.#size = 0;
      return;
    }
    this.#size += (byte & 0x7f) * 2 ** (7 * this.#sizeBytes);
    this.#sizeBytes++;
    if (byte & 0x80) {
      if (this.#sizeBytes === 5) this.#problem = 'it has a section size that is not a number of 32 bits';
      return;
    }
    this.#skip = this.#size;
    this.#sizeBytes = -1;
  }
}
