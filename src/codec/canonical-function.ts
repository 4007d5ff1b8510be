// Canonical definitions of the component model: all but `lift` make core functions and matter here only in how long they
// are. Asynchronous components are full of them.
import { type ByteReader, NotUnderstood } from './byte-reader.ts';

/** Immediates by opcode: u = number, b = byte, o = options, r = result list. */
const IMMEDIATES = new Map<number, string>();
for (const [form, opcodes] of [
  ['u', [0x02, 0x03, 0x04, 0x0e, 0x13, 0x14, 0x15, 0x1a, 0x1b]],
  ['', [0x05, 0x0d, 0x1e, 0x1f, 0x22, 0x23, 0x24, 0x25, 0x26]],
  ['b', [0x06, 0x0c]],
  ['ro', [0x09]],
  ['bu', [0x0a, 0x0b, 0x20, 0x21]],
  ['uo', [0x0f, 0x10, 0x16, 0x17]],
  ['ub', [0x11, 0x12, 0x18, 0x19]],
  ['o', [0x1c, 0x1d]],
] as const)
  for (const opcode of opcodes) IMMEDIATES.set(opcode, form);

/** The type index of the function that was lifted, or null for any other definition. */
export function readCanonicalFunction(reader: ByteReader, readResult: () => void): number | null {
  const opcode = reader.byte();
  if (opcode === 0x00 || opcode === 0x01) {
    reader.expect(0x00);
    reader.u32();
    readOptions(reader);
    return opcode === 0x00 ? reader.u32() : null;
  }
  const form = IMMEDIATES.get(opcode);
  if (form === undefined) throw new NotUnderstood();
  for (const immediate of form) {
    if (immediate === 'u') reader.u32();
    else if (immediate === 'b') reader.byte();
    else if (immediate === 'o') readOptions(reader);
    else readResult();
  }
  return null;
}

function readOptions(reader: ByteReader): void {
  reader.vector(() => {
    const option = reader.byte();
    if (option <= 0x02 || option === 0x06) return;
    if ((option < 0x03 || option > 0x05) && option !== 0x07) throw new NotUnderstood();
    reader.u32();
  });
}
