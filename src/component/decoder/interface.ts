// Reads from a component's bytes what it imports and exports. Follows the component model's binary format
// (https://github.com/WebAssembly/component-model, design/mvp/Binary.md).
import { ByteReader, NotLoaded, NotUnderstood, placed } from './byte-reader.ts';
import { readCanonicalFunction } from './canonical-function.ts';
import { checkExportNames } from './export-names.ts';
import { Scope } from './scope.ts';
import {
  type Item,
  type Items,
  isFromImport,
  itemsOf,
  readDefinedType,
  readFlag,
  readFunctionType,
  type Type,
} from './type.ts';
import { COMPONENT_PREAMBLE, SECTION } from './wasm-format.ts';

const NOTHING: Items = new Map();
const CORE_I32 = 0x7f;
const CORE_I64 = 0x7e;

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
    if (id === SECTION.component)
      scope.add(placed(`component ${scope.components}`, () => readNested(section, scope)));
    else if (id === SECTION.instances) section.vector(() => scope.readInstance(section));
    else if (id === SECTION.aliases) section.vector(() => scope.readAlias(section));
    else if (id === SECTION.types) section.vector(() => addType(section, scope));
    else if (id === SECTION.canonicals) section.vector(() => readCanonical(section, scope));
    else if (id === SECTION.imports)
      section.vector(() => imports.push(readDeclaration(section, scope, true)));
    else if (id === SECTION.exports) section.vector(() => exports.push(readExport(section, scope)));
    else throw id === SECTION.start ? new NotLoaded('a start function') : new NotUnderstood();
    if (!section.isAtEnd) throw new NotUnderstood();
  }
  const named = { imports: itemsOf(imports), exports: itemsOf(exports) };
  checkExportNames(named.exports, named.imports);
  return named;
}

function readNested(reader: ByteReader, parent: Scope): Item {
  const { exports } = readComponent(reader, parent);
  return { sort: 'component', exports, passesOn: [...exports.values()].some(isFromImport) };
}

function readCanonical(reader: ByteReader, scope: Scope): void {
  const lifted = placed(`canonical function ${scope.canonicals++}`, () =>
    readCanonicalFunction(reader, scope),
  );
  if (lifted !== null) scope.add({ sort: 'function', type: lifted, isImported: false });
}

function addType(reader: ByteReader, scope: Scope): void {
  scope.types.push(placed(`type ${scope.types.length}`, () => readType(reader, scope)));
}

function readExport(reader: ByteReader, scope: Scope): [string, Item] {
  const name = reader.externalName();
  const exported = scope.readItem(reader);
  const item = readFlag(reader) ? ascribed(exported, scope.readDescription(reader, false)) : exported;
  scope.add(item);
  return [name, item];
}

/** An export with an ascribed type has that type from outside, and keeps its origin. */
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
    return { sort: 'function', type: readFunctionType(reader, scope.typeAt, byte === 0x43) };
  if (byte === 0x41) {
    readDeclarations(reader, scope, true);
    return { sort: 'component' };
  }
  if (byte === 0x42) return { sort: 'instance', exports: readDeclarations(reader, scope, false) };
  if (byte === 0x3f) return readResource(reader, scope);
  if (byte === 0x3e) throw new NotLoaded('a resource with an async destructor');
  const type = readDefinedType(byte, reader, scope.typeAt);
  if (type === null) throw new NotUnderstood();
  return { sort: 'value', type };
}

function readResource(reader: ByteReader, scope: Scope): Type {
  if (scope.isDeclaration) throw new NotUnderstood();
  const representation = reader.byte();
  if (representation === CORE_I64) throw new NotLoaded('a resource represented by i64');
  if (representation !== CORE_I32) throw new NotUnderstood();
  if (readFlag(reader)) reader.u32();
  return { sort: 'resource' };
}

/** Reads the declarations of a component type or an instance type. Returns its exports. */
function readDeclarations(reader: ByteReader, parent: Scope, mayImport: boolean): Items {
  const scope = new Scope(parent, true);
  const exports: [string, Item][] = [];
  reader.vector(() => {
    const kind = reader.byte();
    if (kind === 0x01) addType(reader, scope);
    else if (kind === 0x02) scope.readAlias(reader);
    else if (kind === 0x03 && mayImport) readDeclaration(reader, scope, true);
    else if (kind === 0x04) exports.push(readDeclaration(reader, scope, false));
    else throw new NotUnderstood();
  });
  const declared = itemsOf(exports);
  checkExportNames(declared, NOTHING);
  return declared;
}
