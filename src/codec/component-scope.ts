// The index spaces of one component, component type or instance type, while it is read.
import { type ByteReader, NotUnderstood } from './byte-reader.ts';
import { type Item, isFromImport, itemsOf, readFlag, type Type } from './component-type.ts';

const CORE = 0x00;
const FUNCTION = 0x01;
const TYPE = 0x03;
const COMPONENT = 0x04;
const INSTANCE = 0x05;
const CORE_MODULE = 0x11;
const DEEPEST = 100;

export class Scope {
  readonly types: Type[] = [];
  readonly #functions: Item[] = [];
  readonly #components: Item[] = [];
  readonly #instances: Item[] = [];
  readonly #depth: number;

  constructor(private readonly parent: Scope | null) {
    this.#depth = parent === null ? 0 : parent.#depth + 1;
    if (this.#depth > DEEPEST) throw new NotUnderstood();
  }

  readonly typeAt = (index: number): Type => at(this.types, index);

  add(item: Item): void {
    if (item.sort === 'type') this.types.push(item.type);
    else if (item.sort === 'function') this.#functions.push(item);
    else if (item.sort === 'component') this.#components.push(item);
    else if (item.sort === 'instance') this.#instances.push(item);
  }

  /** A sort and an index. */
  readItem(reader: ByteReader): Item {
    const sort = reader.byte();
    if (sort === CORE) reader.byte();
    return this.#itemAt(sort, reader.u32());
  }

  readInstance(reader: ByteReader): void {
    if (readFlag(reader)) {
      const named = reader.vector(() => [reader.externalName(), this.readItem(reader)] as const);
      const exports = itemsOf(named);
      const some = named.some(([, item]) => isFromImport(item));
      this.add({ sort: 'instance', exports, isImported: some, isDeclared: false });
      return;
    }
    const made = at(this.#components, reader.u32());
    const given = reader.vector(() => {
      reader.name();
      return this.readItem(reader);
    });
    if (made.sort !== 'component' || made.exports === null) throw new NotUnderstood();
    // What it passes on is what it was given.
    const some = made.passesOn && given.some(isFromImport);
    this.add({ sort: 'instance', exports: made.exports, isImported: some, isDeclared: false });
  }

  readAlias(reader: ByteReader): void {
    const sort = reader.byte();
    if (sort === CORE) reader.byte();
    const target = reader.byte();
    if (target === 0x00) {
      const instance = at(this.#instances, reader.u32());
      const name = reader.name();
      if (sort === CORE) return; // a core module
      const found = instance.sort === 'instance' ? instance.exports.get(name) : undefined;
      if (found === undefined || found.sort !== sortName(sort)) throw new NotUnderstood();
      // Where it comes from is known of the instance; its own mark is that of the scope it was made in.
      this.add('isImported' in found ? { ...found, isImported: isFromImport(instance) } : found);
    } else if (target === 0x01 && sort === CORE) {
      reader.u32();
      reader.name();
    } else if (target === 0x02) {
      const scope = this.#outer(reader.u32());
      const index = reader.u32();
      if (sort === TYPE || sort === COMPONENT) this.add(scope.#itemAt(sort, index));
      else if (sort !== CORE) throw new NotUnderstood();
    } else throw new NotUnderstood();
  }

  /** What an import or a declared export is said to be. */
  readDescription(reader: ByteReader, isImported: boolean): Item {
    const sort = reader.byte();
    if (sort === CORE) {
      reader.expect(CORE_MODULE);
      reader.u32();
      return { sort: 'other' };
    }
    if (sort === TYPE) {
      const isNewResource = readFlag(reader);
      const type: Type = isNewResource ? { sort: 'resource' } : this.typeAt(reader.u32());
      return { sort: 'type', type, isNewResource };
    }
    const type = this.typeAt(reader.u32());
    if (sort === FUNCTION && type.sort === 'function')
      return { sort: 'function', type: type.type, isImported };
    if (sort === INSTANCE && type.sort === 'instance')
      return { sort: 'instance', exports: type.exports, isImported, isDeclared: true };
    if (sort === COMPONENT && type.sort === 'component')
      return { sort: 'component', exports: null, passesOn: true };
    throw new NotUnderstood();
  }

  #outer(levels: number): Scope {
    let scope: Scope = this;
    for (let left = levels; left > 0; left--) {
      if (scope.parent === null) throw new NotUnderstood();
      scope = scope.parent;
    }
    return scope;
  }

  #itemAt(sort: number, index: number): Item {
    if (sort === CORE) return { sort: 'other' };
    if (sort === FUNCTION) return at(this.#functions, index);
    if (sort === TYPE) return { sort: 'type', type: this.typeAt(index), isNewResource: false };
    if (sort === COMPONENT) return at(this.#components, index);
    if (sort === INSTANCE) return at(this.#instances, index);
    throw new NotUnderstood();
  }
}

function sortName(sort: number): Item['sort'] {
  const name = ({ 1: 'function', 3: 'type', 4: 'component', 5: 'instance' } as const)[sort as 1 | 3 | 4 | 5];
  if (name === undefined) throw new NotUnderstood();
  return name;
}

function at<T>(space: readonly T[], index: number): T {
  const found = space[index];
  if (found === undefined) throw new NotUnderstood();
  return found;
}
