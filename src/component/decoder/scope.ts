// The index spaces of a component, a component type or an instance type while it is being read.
import { type ByteReader, NotLoaded, NotUnderstood } from './byte-reader.ts';
import { type FunctionType, type Item, isFromImport, itemsOf, readFlag, type Type } from './type.ts';
import { CORE_MODULE_SORT, SORT } from './wasm-format.ts';

const DEEPEST = 100;

export class Scope {
  readonly types: Type[] = [];
  readonly #functions: Item[] = [];
  readonly #components: Item[] = [];
  readonly #instances: Item[] = [];
  readonly #depth: number;
  /** How many canonical definitions were read so far. */
  canonicals = 0;

  /** @param isDeclaration whether this is a component type or an instance type */
  constructor(
    private readonly parent: Scope | null,
    readonly isDeclaration = false,
  ) {
    this.#depth = parent === null ? 0 : parent.#depth + 1;
    if (this.#depth > DEEPEST) throw new NotUnderstood();
  }

  readonly typeAt = (index: number): Type => at(this.types, index);

  functionTypeAt(index: number): FunctionType {
    const found = at(this.#functions, index);
    if (found.sort !== 'function') throw new NotUnderstood();
    return found.type;
  }

  /** How many components there are so far. */
  get components(): number {
    return this.#components.length;
  }

  add(item: Item): void {
    if (item.sort === 'type') this.types.push(item.type);
    else if (item.sort === 'function') this.#functions.push(item);
    else if (item.sort === 'component') this.#components.push(item);
    else if (item.sort === 'instance') this.#instances.push(item);
  }

  /** A sort and an index. */
  readItem(reader: ByteReader): Item {
    const sort = reader.byte();
    if (sort === SORT.core) reader.byte();
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
    // What it re-exports is what it was given.
    const some = made.passesOn && given.some(isFromImport);
    this.add({ sort: 'instance', exports: made.exports, isImported: some, isDeclared: false });
  }

  readAlias(reader: ByteReader): void {
    const sort = reader.byte();
    if (sort === SORT.core) reader.byte();
    const target = reader.byte();
    if (target === 0x00) {
      const instance = at(this.#instances, reader.u32());
      const name = reader.name();
      if (sort === SORT.core) return; // a core module
      const found = instance.sort === 'instance' ? instance.exports.get(name) : undefined;
      if (found === undefined || found.sort !== sortName(sort)) throw new NotUnderstood();
      // The instance says where it comes from; its own mark is from the scope it was made in.
      this.add('isImported' in found ? { ...found, isImported: isFromImport(instance) } : found);
    } else if (target === 0x01 && sort === SORT.core) {
      reader.u32();
      reader.name();
    } else if (target === 0x02) {
      const scope = this.#outer(reader.u32());
      const index = reader.u32();
      if (sort === SORT.type || sort === SORT.component) this.add(scope.#itemAt(sort, index));
      else if (sort !== SORT.core) throw new NotUnderstood();
    } else throw new NotUnderstood();
  }

  /** The description of an import or of a declared export. */
  readDescription(reader: ByteReader, isImported: boolean): Item {
    const sort = reader.byte();
    if (sort === SORT.core) {
      reader.expect(CORE_MODULE_SORT);
      reader.u32();
      return { sort: 'other' };
    }
    if (sort === SORT.type) {
      const isNewResource = readFlag(reader);
      const type: Type = isNewResource ? { sort: 'resource' } : this.typeAt(reader.u32());
      return { sort: 'type', type, isNewResource };
    }
    if (sort === SORT.value) throw new NotLoaded('an imported or exported value');
    const type = this.typeAt(reader.u32());
    if (sort === SORT.function && type.sort === 'function')
      return { sort: 'function', type: type.type, isImported };
    if (sort === SORT.instance && type.sort === 'instance')
      return { sort: 'instance', exports: type.exports, isImported, isDeclared: true };
    if (sort === SORT.component && type.sort === 'component')
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
    if (sort === SORT.core) return { sort: 'other' };
    if (sort === SORT.function) return at(this.#functions, index);
    if (sort === SORT.type) return { sort: 'type', type: this.typeAt(index), isNewResource: false };
    if (sort === SORT.component) return at(this.#components, index);
    if (sort === SORT.instance) return at(this.#instances, index);
    throw new NotUnderstood();
  }
}

function sortName(sort: number): Item['sort'] {
  if (sort === SORT.function) return 'function';
  if (sort === SORT.type) return 'type';
  if (sort === SORT.component) return 'component';
  if (sort === SORT.instance) return 'instance';
  throw new NotUnderstood();
}

function at<T>(space: readonly T[], index: number): T {
  const found = space[index];
  if (found === undefined) throw new NotUnderstood();
  return found;
}
