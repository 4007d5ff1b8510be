// Reads canonical definitions of the component model. All but `lift` make core functions; of those only the length matters
// here, and whether Wassette loads them.
import { type ByteReader, NotLoaded, NotUnderstood } from './byte-reader.ts';
import type { Scope } from './scope.ts';
import { type FunctionType, readFlag, readResult, type ValueType } from './type.ts';

/** Each built-in by its opcode: its name, and the parts that follow the opcode. */
const BUILT_INS: Readonly<Record<number, string>> = {
  2: 'resource.new resource',
  3: 'resource.drop resource',
  4: 'resource.rep resource',
  5: 'task.cancel',
  6: 'subtask.cancel cancel',
  7: 'resource.drop refused',
  9: 'task.return return',
  10: 'context.get slot',
  11: 'context.set slot',
  12: 'thread.yield flag',
  13: 'subtask.drop',
  14: 'stream.new stream',
  15: 'stream.read stream copy',
  16: 'stream.write stream copy',
  17: 'stream.cancel-read stream cancel',
  18: 'stream.cancel-write stream cancel',
  19: 'stream.drop-readable stream',
  20: 'stream.drop-writable stream',
  21: 'future.new future',
  22: 'future.read future copy',
  23: 'future.write future copy',
  24: 'future.cancel-read future cancel',
  25: 'future.cancel-write future cancel',
  26: 'future.drop-readable future',
  27: 'future.drop-writable future',
  28: 'error-context.new refused',
  29: 'error-context.debug-message refused',
  30: 'error-context.drop refused',
  31: 'waitable-set.new',
  32: 'waitable-set.wait flag memory',
  33: 'waitable-set.poll flag memory',
  34: 'waitable-set.drop',
  35: 'waitable.join',
  36: 'backpressure.inc',
  37: 'backpressure.dec',
  38: 'thread.index refused',
  39: 'thread.new-indirect refused',
  40: 'thread.suspend-to-suspended refused',
  41: 'thread.suspend refused',
  42: 'thread.unsuspend refused',
  43: 'thread.yield-to-suspended refused',
  44: 'thread.suspend-to refused',
  64: 'thread.spawn-ref refused',
  65: 'thread.spawn-indirect refused',
  66: 'thread.available-parallelism refused',
};
const CORE_I32 = 0x7f;

/** How values are passed. All but an encoding and `async` have the index of a memory, a function or a type. */
type Option = 'encoding' | 'memory' | 'realloc' | 'post-return' | 'async' | 'callback';
const OPTIONS: Readonly<Record<number, Option>> = {
  0: 'encoding',
  1: 'encoding',
  2: 'encoding',
  3: 'memory',
  4: 'realloc',
  5: 'post-return',
  6: 'async',
  7: 'callback',
};
const REFUSED: Readonly<Record<number, string>> = {
  8: 'the canonical option core-type',
  9: 'the canonical option gc',
};

/**
 * The type of the function that was lifted, or null for any other definition.
 * @throws NotLoaded for what Wassette 0.8 does not load
 */
export function readCanonicalFunction(reader: ByteReader, scope: Scope): FunctionType | null {
  const opcode = reader.byte();
  if (opcode === 0x00) return readLift(reader, scope);
  if (opcode === 0x01) readLower(reader, scope);
  else {
    const [name, ...parts] = BUILT_INS[opcode]?.split(' ') ?? [];
    if (name === undefined) throw new NotUnderstood();
    let type: ValueType | null = null;
    for (const part of parts) type = readPart(part, name, type, reader, scope);
  }
  return null;
}

function readLift(reader: ByteReader, scope: Scope): FunctionType {
  reader.expect(0x00);
  reader.u32();
  const options = readOptions(reader);
  const isAsync = options.has('async');
  const type = scope.typeAt(reader.u32());
  if (type.sort !== 'function') throw new NotUnderstood();
  if (isAsync && !options.has('callback'))
    throw new NotLoaded('a function lifted as async without a callback');
  if (isAsync && !type.type.isAsync) throw new NotLoaded('an async lift of a function that is not async');
  if (options.has(isAsync ? 'post-return' : 'callback')) throw new NotUnderstood();
  return type.type;
}

function readLower(reader: ByteReader, scope: Scope): void {
  reader.expect(0x00);
  const type = scope.functionTypeAt(reader.u32());
  const options = readOptions(reader);
  if (options.has('callback') || options.has('post-return')) throw new NotUnderstood();
  if (options.has('async') && !type.isAsync)
    throw new NotLoaded('an async lowering of a function that is not async');
}

/** Reads one part of a built-in. Returns the stream or future type it is about. */
function readPart(
  part: string,
  name: string,
  type: ValueType | null,
  reader: ByteReader,
  scope: Scope,
): ValueType | null {
  if (part === 'refused') throw new NotLoaded(name);
  if (part === 'resource') {
    if (scope.typeAt(reader.u32()).sort !== 'resource') throw new NotUnderstood();
  } else if (part === 'stream' || part === 'future') {
    const found = scope.typeAt(reader.u32());
    if (found.sort !== 'value' || found.type.kind !== part) throw new NotUnderstood();
    return found.type;
  } else if (part === 'cancel') {
    if (readFlag(reader)) throw new NotLoaded(`the async form of ${name}`);
  } else if (part === 'copy') readCopyOptions(name, type, reader);
  else if (part === 'return') readReturn(reader, scope);
  else if (part === 'slot') readSlot(name, reader);
  else if (part === 'flag') readFlag(reader);
  else reader.u32(); // a memory
  return type;
}

function readCopyOptions(name: string, type: ValueType | null, reader: ByteReader): void {
  const options = readOptions(reader);
  if (!options.has('async')) throw new NotLoaded(`the synchronous form of ${name}`);
  const hasElements = type !== null && 'of' in type && type.of !== null;
  if (options.has('callback') || options.has('post-return')) throw new NotUnderstood();
  if (hasElements && !options.has('memory')) throw new NotUnderstood();
}

function readReturn(reader: ByteReader, scope: Scope): void {
  readResult(reader, scope.typeAt);
  const options = readOptions(reader);
  const refused = ['async', 'callback', 'post-return', 'realloc'] as const;
  if (refused.some((option) => options.has(option))) throw new NotUnderstood();
}

function readSlot(name: string, reader: ByteReader): void {
  const type = reader.byte();
  const slot = reader.u32();
  if (type !== CORE_I32) throw new NotLoaded(`a ${name} of another type than i32`);
  if (slot !== 0) throw new NotLoaded(`${name} ${slot}`);
}

function readOptions(reader: ByteReader): ReadonlySet<Option> {
  const options = reader.vector(() => readOption(reader));
  const once = new Set(options);
  if (once.size < options.length) throw new NotUnderstood();
  if (once.has('realloc') && !once.has('memory')) throw new NotUnderstood();
  return once;
}

function readOption(reader: ByteReader): Option {
  const byte = reader.byte();
  const refused = REFUSED[byte];
  if (refused !== undefined) throw new NotLoaded(refused);
  const option = OPTIONS[byte];
  if (option === undefined) throw new NotUnderstood();
  if (option !== 'encoding' && option !== 'async') reader.u32();
  return option;
}
