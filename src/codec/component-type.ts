// Types of the component model as values: structural, with indexes resolved while they are read.
import { type ByteReader, NotUnderstood } from './byte-reader.ts';

export type ValueType =
  | { kind: 'bool' | 'number' | 'char' | 'string' | 'handle' | 'stream' | 'future' }
  | { kind: 'list' | 'option'; of: ValueType }
  | { kind: 'tuple'; of: readonly ValueType[] }
  | { kind: 'record'; fields: readonly Field[] }
  | { kind: 'variant'; cases: readonly Case[] }
  | { kind: 'enum' | 'flags'; names: readonly string[] }
  | { kind: 'result'; ok: ValueType | null; err: ValueType | null };

export interface Field {
  name: string;
  type: ValueType;
}

export interface Case {
  name: string;
  type: ValueType | null;
}

export interface FunctionType {
  params: readonly Field[];
  result: ValueType | null;
}

/** What a type index may stand for. */
export type Type =
  | { sort: 'value'; type: ValueType }
  | { sort: 'function'; type: FunctionType }
  | { sort: 'instance'; exports: readonly Export[] }
  | { sort: 'component' | 'resource' };

/** One export of an instance. */
export interface Export {
  name: string;
  item: Item;
}

export type Item =
  | { sort: 'function'; type: FunctionType; isImported: boolean }
  | { sort: 'instance'; exports: readonly Export[]; isImported: boolean }
  | { sort: 'type'; type: Type }
  | { sort: 'component'; exports: readonly Export[] | null }
  /** Core modules and values: nothing that becomes a tool. */
  | { sort: 'other' };

const NUMBERS = [0x7e, 0x7d, 0x7c, 0x7b, 0x7a, 0x79, 0x78, 0x77, 0x76, 0x75];

/** Gives the type at an index. */
export type TypeAt = (index: number) => Type;

export function readValueType(reader: ByteReader, typeAt: TypeAt): ValueType {
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
  throw new NotUnderstood();
}

/** A defined value type, or null where `byte`, already read, begins another kind of type. */
export function readDefinedType(byte: number, reader: ByteReader, typeAt: TypeAt): ValueType | null {
  const value = () => readValueType(reader, typeAt);
  const maybe = () => (readFlag(reader) ? value() : null);
  switch (byte) {
    case 0x72:
      return { kind: 'record', fields: reader.vector(() => ({ name: reader.name(), type: value() })) };
    case 0x71:
      return { kind: 'variant', cases: reader.vector(() => readCase(reader, maybe)) };
    case 0x70:
      return { kind: 'list', of: value() };
    case 0x6f:
      return { kind: 'tuple', of: reader.vector(value) };
    case 0x6e:
      return { kind: 'flags', names: reader.vector(() => reader.name()) };
    case 0x6d:
      return { kind: 'enum', names: reader.vector(() => reader.name()) };
    case 0x6b:
      return { kind: 'option', of: value() };
    case 0x6a:
      return { kind: 'result', ok: maybe(), err: maybe() };
    case 0x69:
    case 0x68:
      if (typeAt(reader.u32()).sort !== 'resource') throw new NotUnderstood();
      return { kind: 'handle' };
    case 0x66:
      maybe();
      return { kind: 'stream' };
    case 0x65:
      maybe();
      return { kind: 'future' };
    default:
      return byte >= 0x73 && byte <= 0x7f ? primitive(byte) : null;
  }
}

function readCase(reader: ByteReader, maybe: () => ValueType | null): Case {
  const made = { name: reader.name(), type: maybe() };
  reader.expect(0x00); // where once stood which case it refines
  return made;
}

/** What follows 0x40, or 0x43 for an asynchronous one. */
export function readFunctionType(reader: ByteReader, typeAt: TypeAt): FunctionType {
  const params = reader.vector(() => ({ name: reader.name(), type: readValueType(reader, typeAt) }));
  if (reader.byte() === 0x00) return { params, result: readValueType(reader, typeAt) };
  reader.expect(0x00);
  return { params, result: null };
}

export function readFlag(reader: ByteReader): boolean {
  const byte = reader.byte();
  if (byte > 0x01) throw new NotUnderstood();
  return byte === 0x01;
}
