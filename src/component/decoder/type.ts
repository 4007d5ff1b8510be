// Types of the component model as structural values; indexes are resolved while they are read.
import { type ByteReader, NotLoaded, NotUnderstood } from './byte-reader.ts';

export type ValueType =
  | { kind: 'bool' | 'number' | 'char' | 'string' }
  | { kind: 'handle'; isBorrowed: boolean }
  | { kind: 'list' | 'option'; of: ValueType }
  | { kind: 'stream' | 'future'; of: ValueType | null }
  | { kind: 'map'; key: ValueType; value: ValueType }
  | { kind: 'tuple'; of: readonly ValueType[] }
  | { kind: 'record'; fields: readonly Field[] }
  | { kind: 'variant'; cases: readonly Case[] }
  | { kind: 'enum' | 'flags'; names: readonly string[] }
  | { kind: 'result'; ok: ValueType | null; err: ValueType | null };

interface Field {
  name: string;
  type: ValueType;
}

interface Case {
  name: string;
  type: ValueType | null;
}

export interface FunctionType {
  params: readonly Field[];
  result: ValueType | null;
  isAsync: boolean;
}

/** What a type index may stand for. */
export type Type =
  | { sort: 'value'; type: ValueType }
  | { sort: 'function'; type: FunctionType }
  | { sort: 'instance'; exports: Items }
  | { sort: 'component' | 'resource' };

/** What is imported or exported, by name and in the order of the file. */
export type Items = ReadonlyMap<string, Item>;

/** `isImported`: it comes, or part of it may come, from an import of the component that is being read. */
export type Item =
  | { sort: 'function'; type: FunctionType; isImported: boolean }
  /** `isDeclared`: only its declared type is known, which may be less than it has. */
  | { sort: 'instance'; exports: Items; isImported: boolean; isDeclared: boolean }
  /** `isNewResource`: a resource that the provider must have, not a name for a known one. */
  | { sort: 'type'; type: Type; isNewResource: boolean }
  /** `exports` is null when only its type is known. `passesOn`: it re-exports something that it imports. */
  | { sort: 'component'; exports: Items | null; passesOn: boolean }
  /** Core modules and values: nothing that becomes a tool. */
  | { sort: 'other' };

/** @throws NotUnderstood when a name occurs twice */
export function itemsOf(named: readonly (readonly [string, Item])[]): Items {
  const items = new Map(named);
  if (items.size < named.length) throw new NotUnderstood();
  return items;
}

export function isFromImport(item: Item): boolean {
  return 'isImported' in item && item.isImported;
}

/** Types with a borrowed handle in them, which no result may have. */
const LENDING = new WeakSet<ValueType>();

const MOST_FLAGS = 32;
const NUMBERS = [0x7e, 0x7d, 0x7c, 0x7b, 0x7a, 0x79, 0x78, 0x77, 0x76, 0x75];

/** Returns the type at an index. */
type TypeAt = (index: number) => Type;

function readValueType(reader: ByteReader, typeAt: TypeAt): ValueType {
  const byte = reader.peek();
  // One byte with the sign bit of a short LEB128 is a primitive; an index has it clear.
  if (byte >= 0x40 && byte < 0x80) return primitive(reader.byte());
  const found = typeAt(reader.typeIndex());
  if (found.sort !== 'value') throw new NotUnderstood();
  return found.type;
}

function primitive(byte: number): ValueType {
  if (byte === 0x7f) return { kind: 'bool' };
  if (byte === 0x74) return { kind: 'char' };
  if (byte === 0x73) return { kind: 'string' };
  if (NUMBERS.includes(byte)) return { kind: 'number' };
  if (byte === 0x64) throw new NotLoaded('the type error-context');
  throw new NotUnderstood();
}

/** A defined value type, or null when `byte`, which was already read, begins another kind of type. */
export function readDefinedType(byte: number, reader: ByteReader, typeAt: TypeAt): ValueType | null {
  const type = definedType(byte, reader, typeAt);
  if (type !== null && partsOf(type).some((part) => LENDING.has(part))) LENDING.add(type);
  return type;
}

function definedType(byte: number, reader: ByteReader, typeAt: TypeAt): ValueType | null {
  const value = () => readValueType(reader, typeAt);
  const maybe = () => (readFlag(reader) ? value() : null);
  switch (byte) {
    case 0x72:
      return {
        kind: 'record',
        fields: distinct(some(reader.vector(() => ({ name: label(reader), type: value() })))),
      };
    case 0x71:
      return { kind: 'variant', cases: distinct(some(reader.vector(() => readCase(reader, maybe)))) };
    case 0x70:
      return { kind: 'list', of: value() };
    case 0x6f:
      return { kind: 'tuple', of: some(reader.vector(value)) };
    case 0x6e:
      return { kind: 'flags', names: fewFlags(some(readLabels(reader))) };
    case 0x6d:
      return { kind: 'enum', names: some(readLabels(reader)) };
    case 0x6b:
      return { kind: 'option', of: value() };
    case 0x6a:
      return { kind: 'result', ok: maybe(), err: maybe() };
    case 0x69:
    case 0x68:
      if (typeAt(reader.u32()).sort !== 'resource') throw new NotUnderstood();
      return handle(byte === 0x68);
    case 0x67:
      throw new NotLoaded('a list of fixed length');
    case 0x66:
      return streamOf(maybe());
    case 0x65:
      return { kind: 'future', of: maybe() };
    case 0x63:
      return { kind: 'map', key: value(), value: value() };
    default:
      return byte === 0x64 || (byte >= 0x73 && byte <= 0x7f) ? primitive(byte) : null;
  }
}

function handle(isBorrowed: boolean): ValueType {
  const type = { kind: 'handle', isBorrowed } as const;
  if (isBorrowed) LENDING.add(type);
  return type;
}

/** The types inside a value. Streams and futures are left out: they pass nothing on at once. */
function partsOf(type: ValueType): readonly ValueType[] {
  if (type.kind === 'list' || type.kind === 'option') return [type.of];
  if (type.kind === 'tuple') return type.of;
  if (type.kind === 'map') return [type.key, type.value];
  if (type.kind === 'record') return type.fields.map((field) => field.type);
  if (type.kind === 'variant') return type.cases.flatMap((one) => one.type ?? []);
  return type.kind === 'result' ? [type.ok ?? [], type.err ?? []].flat() : [];
}

function streamOf(element: ValueType | null): ValueType {
  if (element?.kind === 'char') throw new NotLoaded('the type stream<char>');
  return { kind: 'stream', of: element };
}

function readCase(reader: ByteReader, maybe: () => ValueType | null): Case {
  const made = { name: label(reader), type: maybe() };
  reader.expect(0x00); // formerly the case that it refines
  return made;
}

/** Reads what follows 0x40, or 0x43 for an asynchronous function. */
export function readFunctionType(reader: ByteReader, typeAt: TypeAt, isAsync: boolean): FunctionType {
  const params = distinct(
    reader.vector(() => ({ name: label(reader), type: readValueType(reader, typeAt) })),
  );
  const result = readResult(reader, typeAt);
  if (result !== null && LENDING.has(result)) throw new NotUnderstood();
  return { params, result, isAsync };
}

/** A result list: one unnamed result, or none. */
export function readResult(reader: ByteReader, typeAt: TypeAt): ValueType | null {
  if (!readFlag(reader)) return readValueType(reader, typeAt);
  reader.expect(0x00);
  return null;
}

function readLabels(reader: ByteReader): string[] {
  return distinct(reader.vector(() => ({ name: label(reader) }))).map(({ name }) => name);
}

/** A name in kebab case: words of lower-case or of upper-case letters, the first of which begins with a letter. */
function label(reader: ByteReader): string {
  const name = reader.name();
  if (!isLabel(name)) throw new NotUnderstood();
  return name;
}

/** Names must differ in more than case. */
function distinct<T extends { name: string }>(named: T[]): T[] {
  if (new Set(named.map(({ name }) => name.toLowerCase())).size < named.length) throw new NotUnderstood();
  return named;
}

function some<T>(items: T[]): T[] {
  if (items.length === 0) throw new NotUnderstood();
  return items;
}

function fewFlags(names: string[]): string[] {
  if (names.length > MOST_FLAGS) throw new NotLoaded(`a type of more than ${MOST_FLAGS} flags`);
  return names;
}

export function readFlag(reader: ByteReader): boolean {
  const byte = reader.byte();
  if (byte > 0x01) throw new NotUnderstood();
  return byte === 0x01;
}

/** Words of small or of capital letters, the first of which begins with a letter. */
export function isLabel(name: string): boolean {
  return name
    .split('-')
    .every((word, at) => /^(?:[a-z0-9]+|[A-Z0-9]+)$/.test(word) && (at > 0 || !/^[0-9]/.test(word)));
}
