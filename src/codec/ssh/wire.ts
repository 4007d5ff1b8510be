// How SSH writes values one after the other (RFC 4251, section 5), and the armour around them.
import { standardBase64 } from '../base64.ts';

/** What is wrong with such bytes, in our own words. Whoever had them read says what they are and gives the error a code. */
export class SshProblem extends Error {}

const ARMOUR_WIDTH = 70;

/** A string: its length in four bytes, then its bytes. */
export function sshString(value: Uint8Array | string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([sshNumber(bytes.length), bytes]);
}

export function sshNumber(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** Reads values in order, and nothing beyond the end. */
export class SshReader {
  #at = 0;

  constructor(private readonly bytes: Buffer) {}

  /** @throws SshProblem */
  take(length: number): Buffer {
    const end = this.#at + length;
    if (end > this.bytes.length) throw new SshProblem('it ends in the middle of a value');
    const taken = this.bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }

  /** @throws SshProblem */
  number(): number {
    return this.take(4).readUInt32BE();
  }

  /** @throws SshProblem */
  string(): Buffer {
    return this.take(this.number());
  }

  /** For names of formats, which are ASCII. @throws SshProblem */
  text(): string {
    return this.string().toString('latin1');
  }

  /** Everything that was not read yet. */
  rest(): Buffer {
    return this.take(this.bytes.length - this.#at);
  }

  /** @throws SshProblem where something follows */
  end(): void {
    if (this.#at < this.bytes.length) throw new SshProblem('something follows behind its end');
  }
}

/** Bytes as text between a line that begins and one that ends what `label` says. */
export function armoured(bytes: Uint8Array, label: string): string {
  const text = Buffer.from(bytes).toString('base64');
  const lines = text.match(new RegExp(`.{1,${ARMOUR_WIDTH}}`, 'g')) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}

/** The bytes of such a text, which holds nothing else. @throws SshProblem */
export function unarmoured(text: string, label: string): Buffer {
  const lines = text.replace(/\r?\n$/, '').split(/\r?\n/);
  if (lines[0] !== `-----BEGIN ${label}-----`) throw new SshProblem(`it does not begin with BEGIN ${label}`);
  if (lines.at(-1) !== `-----END ${label}-----`) throw new SshProblem(`it does not end with END ${label}`);
  const bytes = standardBase64(lines.slice(1, -1).join(''));
  if (bytes === null) throw new SshProblem('what is between its first and last line is not standard base64');
  return bytes;
}
