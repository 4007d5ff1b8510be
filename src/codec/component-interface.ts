// What a component imports and exports, read from its bytes; code is passed over. After the component model's binary
// format (https://github.com/WebAssembly/component-model, design/mvp/Binary.md).
import { ByteReader, NotUnderstood } from './byte-reader.ts';
import { readCanonicalFunction } from './canonical-function.ts';
import { Scope } from './component-scope.ts';
import {
  type FunctionType,
  type Item,
  type Items,
  isFromImport,
  itemsOf,
  readDefinedType,
  readFlag,
  readFunctionType,
  readResult,
  type Type,
} from './component-type.ts';
import { COMPONENT_PREAMBLE, SECTION } from './wasm-format.ts';

export interface ComponentInterface {
  imports: Items;
  exports: Items;
}

/** @throws NotUnderstood for anything that is not a component of known parts */
export function readComponentInterface(bytes: Uint8Array): ComponentInterface {
  return readComponent(new ByteReader(bytes), null);
}

function readComponent(reader: ByteReader, parent: Scope | null): ComponentInterface {
  for (const byte of COMPONENT_PREAMBLE) reader.expect(byte);
  const scope = new Scope(parent);
  const imports: [string, Item][] = [];
  const exports: [string, Item][] = [];
  while (!reader.isAtEnd) {
    const id = reader.byte();
    const section = reader.part(reader.u32());
    if (id <= SECTION.coreTypes) continue; // of custom sections and core things nothing is an interface
    if (id === SECTION.component) scope.add(readNested(section, scope));
    else if (id === SECTION.instances) section.vector(() => scope.readInstance(section));
    else if (id === SECTION.aliases) section.vector(() => scope.readAlias(section));
    else if (id === SECTION.types) section.vector(() => scope.types.push(readType(section, scope)));
    else if (id === SECTION.canonicals) section.vector(() => readCanonical(section, scope));
    else if (id === SECTION.imports)
      section.vector(() => imports.push(readDeclaration(section, scope, true)));
    else if (id === SECTION.exports) section.vector(() => exports.push(readExport(section, scope)));
    else throw new NotUnderstood();
    if (!section.isAtEnd) throw new NotUnderstood();
  }
  return { imports: itemsOf(imports), exports: itemsOf(exports) };
}

function readNested(reader: ByteReader, parent: Scope): Item {
  const { exports } = readComponent(reader, parent);
  return { sort: 'component', exports, passesOn: [...exports.values()].some(isFromImport) };
}

function readCanonical(reader: ByteReader, scope: Scope): void {
  const lifted = readCanonicalFunction(reader, () => void readResult(reader, scope.typeAt));
  if (lifted === null) return;
  scope.add({ sort: 'function', type: functionTypeAt(scope, lifted), isImported: false });
}

function functionTypeAt(scope: Scope, index: number): FunctionType {
  const type = scope.typeAt(index);
  if (type.sort !== 'function') throw new NotUnderstood();
  return type.type;
}

function readExport(reader: ByteReader, scope: Scope): [string, Item] {
  const name = reader.externalName();
  const exported = scope.readItem(reader);
  const item = readFlag(reader) ? ascribed(exported, scope.readDescription(reader, false)) : exported;
  scope.add(item);
  return [name, item];
}

/** Seen from outside it is what it is said to be; where it comes from stays. */
function ascribed(exported: Item, said: Item): Item {
  if (exported.sort !== said.sort) throw new NotUnderstood();
  return 'isImported' in said ? { ...said, isImported: isFromImport(exported) } : said;
}

function readDeclaration(reader: ByteReader, scope: Scope, isImported: boolean): [string, Item] {
  const name = reader.externalName();
  const item = scope.readDescription(reader, isImported);
  scope.add(item);
  return [name, item];
}

function readType(reader: ByteReader, scope: Scope): Type {
  const byte = reader.byte();
  if (byte === 0x40 || byte === 0x43)
    return { sort: 'function', type: readFunctionType(reader, scope.typeAt) };
  if (byte === 0x41) {
    readDeclarations(reader, scope, true);
    return { sort: 'component' };
  }
  if (byte === 0x42) return { sort: 'instance', exports: readDeclarations(reader, scope, false) };
  if (byte === 0x3f || byte === 0x3e) {
    reader.expect(0x7f);
    if (byte === 0x3e) reader.u32();
    if (readFlag(reader)) reader.u32();
    return { sort: 'resource' };
  }
  const type = readDefinedType(byte, reader, scope.typeAt);
  if (type === null) throw new NotUnderstood();
  return { sort: 'value', type };
}

/** The inside of a component type or an instance type; its exports. */
function readDeclarations(reader: ByteReader, parent: Scope, mayImport: boolean): Items {
  const scope = new Scope(parent);
  const exports: [string, Item][] = [];
  reader.vector(() => {
    const kind = reader.byte();
    if (kind === 0x01) scope.types.push(readType(reader, scope));
    else if (kind === 0x02) scope.readAlias(reader);
    else if (kind === 0x03 && mayImport) readDeclaration(reader, scope, true);
    else if (kind === 0x04) exports.push(readDeclaration(reader, scope, false));
    else throw new NotUnderstood();
  });
  return itemsOf(exports);
}
