// Picks out the parts of a component that hold its interface and documentation: a few kilobytes of some megabytes. Code is
// skipped by its length.
import { ByteReader, NotUnderstood } from './byte-reader.ts';
import { PREAMBLE_BYTES, SECTION } from './wasm-format.ts';

/** Returns `length` bytes from `at`, fewer at the end; valid until the next call. */
export type ReadAt = (at: number, length: number) => Uint8Array;

const MOST_LENGTH_BYTES = 5;
const MOST_HEADER_BYTES = 1 + MOST_LENGTH_BYTES;
const DOCS = 'package-docs';
const MOST_SECTIONS = 100_000;
const MOST_KEPT_BYTES = 16 * 1024 * 1024;
const DEEPEST = 100;

interface InterfaceSections {
  /** The component without what its interface does not need. */
  component: Uint8Array;
  /** The first custom section for documentation, wherever it is; null when there is none. */
  docs: Uint8Array | null;
}

/** @throws NotUnderstood */
export function interfaceSections(read: ReadAt, size: number): InterfaceSections {
  const sections = new Sections(read);
  const component = Buffer.concat(sections.component(0, size, 0));
  return { component, docs: sections.docs };
}

class Sections {
  docs: Uint8Array | null = null;
  #seen = 0;
  #keptBytes = 0;

  constructor(private readonly read: ReadAt) {}

  component(from: number, to: number, depth: number): Uint8Array[] {
    if (depth > DEEPEST) throw new NotUnderstood();
    const parts = [this.#keep(from, PREAMBLE_BYTES)];
    this.#each(from, to, (id, at, bodyAt, end) => {
      if (id === SECTION.custom) this.#takeDocs(bodyAt, end);
      else if (id === SECTION.coreModule) this.#takeDocsOfModule(bodyAt, end);
      else if (id === SECTION.component) addComponent(parts, this.component(bodyAt, end, depth + 1));
      else if (id !== SECTION.coreInstances && id !== SECTION.coreTypes) parts.push(this.#keep(at, end - at));
    });
    return parts;
  }

  #takeDocsOfModule(from: number, to: number): void {
    this.#each(from, to, (id, _at, bodyAt, end) => {
      if (id === SECTION.custom) this.#takeDocs(bodyAt, end);
    });
  }

  /** Wassette takes the first section of that name with more than a version byte. */
  #takeDocs(from: number, to: number): void {
    const start = new ByteReader(this.read(from, Math.min(MOST_LENGTH_BYTES + DOCS.length, to - from)));
    const length = start.u32();
    if (length !== DOCS.length || Buffer.from(start.take(length)).toString('latin1') !== DOCS) return;
    const docsAt = from + start.consumed + 1;
    if (docsAt < to) this.docs ??= this.#keep(docsAt, to - docsAt);
  }

  #each(
    from: number,
    to: number,
    visit: (id: number, at: number, bodyAt: number, end: number) => void,
  ): void {
    if (to - from < PREAMBLE_BYTES) throw new NotUnderstood();
    for (let at = from + PREAMBLE_BYTES; at < to; ) {
      if (++this.#seen > MOST_SECTIONS) throw new NotUnderstood();
      const header = new ByteReader(this.read(at, Math.min(MOST_HEADER_BYTES, to - at)));
      const id = header.byte();
      const size = header.u32();
      const bodyAt = at + header.consumed;
      if (size > to - bodyAt) throw new NotUnderstood();
      visit(id, at, bodyAt, bodyAt + size);
      at = bodyAt + size;
    }
  }

  #keep(at: number, length: number): Uint8Array {
    this.#keptBytes += length;
    if (this.#keptBytes > MOST_KEPT_BYTES) throw new NotUnderstood();
    const bytes = Uint8Array.from(this.read(at, length));
    if (bytes.length < length) throw new NotUnderstood();
    return bytes;
  }
}

function addComponent(to: Uint8Array[], parts: readonly Uint8Array[]): void {
  const header: number[] = [SECTION.component];
  for (let rest = parts.reduce((sum, part) => sum + part.length, 0); ; rest >>>= 7) {
    header.push(rest >= 0x80 ? (rest & 0x7f) | 0x80 : rest);
    if (rest < 0x80) break;
  }
  to.push(Uint8Array.from(header));
  for (const part of parts) to.push(part);
}
