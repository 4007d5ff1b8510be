// Whose signatures are accepted: a file in the syntax of OpenSSH's `allowed_signers` (FORMAT.md, F-15). What it accepts here,
// ssh-keygen accepts, too.
import type { PublicKey } from '../codec/keys/public-key.ts';
import { NAMESPACE } from '../codec/ssh/signature.ts';
import { matchesList } from './pattern-list.ts';
import { invalidSigners } from './problem.ts';
import { type AllowedSigner, readSignerLine } from './signer-line.ts';
import { signerTimeText } from './signer-time.ts';

/** Whether a key is accepted, and if not, why. */
export interface Acceptance {
  /** The lines that accept it, in the order of the file. */
  readonly by: readonly AllowedSigner[];
  /** Why none does, in words that follow the key; null where one does. */
  readonly refused: string | null;
}

/**
 * The keys whose signatures are accepted, each with the names it is known by.
 * @example
 * ```ts
 * import { AllowedSigners, PublicKey } from 'wassette-state';
 *
 * const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4';
 * const allowed = AllowedSigners.parse(`alice@example.com namespaces="wassette-state" ${key}`);
 * const { by } = allowed.acceptance(PublicKey.parse(key), new Date());
 * console.log(by[0]?.names); // [ 'alice@example.com' ]
 * ```
 */
export class AllowedSigners {
  /** Of no file: it accepts nobody. */
  static readonly NONE = new AllowedSigners([]);

  private constructor(
    /** One for each line that is neither blank nor a comment. */
    readonly lines: readonly AllowedSigner[],
  ) {}

  /**
   * Reads the text of such a file. A line that cannot be read, or that accepts more than one named signer, is an error:
   * ssh-keygen would pass over some of them without a word.
   * @param file what errors call it
   * @throws FormatError FORMAT_INVALID_SIGNERS, with the line
   */
  static parse(text: string, file = 'the list of accepted signers'): AllowedSigners {
    const lines = text.split('\n').flatMap((line, index) => {
      const at = { file, line: index + 1 };
      // A carriage return would become part of the last word.
      if (line.includes('\r')) throw invalidSigners(at, 'it ends with a carriage return', CARRIAGE_RETURN);
      return /^[ \t]*(#|$)/.test(line) ? [] : [readSignerLine(line, at)];
    });
    return new AllowedSigners(lines);
  }

  /** Every key of the file, accepted now or not: for signatures that do not say theirs. */
  get keys(): PublicKey[] {
    return this.lines.map(({ key }) => key);
  }

  /**
   * Whether a key is accepted at a moment.
   * @param namespace what is signed; snapshots by default
   */
  acceptance(key: PublicKey, at: Date, namespace: string = NAMESPACE): Acceptance {
    const having = this.lines.filter((line) => line.key.fingerprint === key.fingerprint);
    const meant = having.filter(({ namespaces }) => matchesList(namespace, namespaces));
    const begun = meant.filter(({ validAfter }) => validAfter === null || at >= validAfter);
    const by = begun.filter(({ validBefore }) => validBefore === null || at <= validBefore);
    if (by.length > 0) return { by, refused: null };
    if (having.length === 0) return { by, refused: 'is not accepted here' };
    if (meant.length === 0) return { by, refused: `is accepted here, but not for ${namespace}` };
    const [line] = begun.length === 0 ? meant : begun;
    return {
      by,
      refused:
        begun.length === 0
          ? `is not accepted before ${signerTimeText(line!.validAfter!)}`
          : `is not accepted after ${signerTimeText(line!.validBefore!)}`,
    };
  }

  /**
   * Which accepted keys made `signature` over `bytes`, whatever these are: for a DSSE envelope, what it signs.
   * @param namespace what is signed; snapshots by default
   */
  whoSigned(
    bytes: Uint8Array,
    signature: Uint8Array,
    at: Date,
    namespace: string = NAMESPACE,
  ): AllowedSigner[] {
    const made = this.lines.filter(({ key }) => key.verifies(bytes, signature));
    return made.filter((line) => this.acceptance(line.key, at, namespace).by.includes(line));
  }
}

const CARRIAGE_RETURN = 'write it with plain line ends';
