// What the code of the components of one state says of itself: each is read once at most, and for remarks alone only so many,
// because nobody waits long for these.
import type { BlobName } from '../../codec/blob-name.ts';
import type { Abilities } from '../../component/abilities.ts';
import type { DerivedInterface } from '../../component/derived-interface.ts';
import type { Host } from '../../wassette/host.ts';
import { codeOn } from './steps.ts';

const MOST_READ = 200;
/** Of code that has to be read whole. */
const MOST_BYTES = 256 * 1024 * 1024;

/** The code of one component. */
interface ComponentCode {
  component_id: string;
  artifact: BlobName;
}

type ReadCode = (code: ComponentCode) => Promise<DerivedInterface | null> | DerivedInterface | null;

export class CodeReadings {
  readonly #read = new Map<string, DerivedInterface | null>();
  #left = MOST_READ;
  #bytesLeft: number;

  private constructor(
    private readonly readCode: ReadCode,
    isReadWhole: boolean,
  ) {
    this.#bytesLeft = isReadWhole ? MOST_BYTES : Number.POSITIVE_INFINITY;
  }

  /** Of code that is verified, and for that read whole. */
  static verifying(readCode: ReadCode): CodeReadings {
    return new CodeReadings(readCode, true);
  }

  /** Of installed code, of which only some sections are read. */
  static on(host: Host): CodeReadings {
    const here = codeOn(host);
    return new CodeReadings(({ component_id }) => here(component_id), false);
  }

  /** Where there is no code. */
  static none(): CodeReadings {
    return new CodeReadings(() => null, false);
  }

  /** Null when it is not at hand. @throws as `readInterface` */
  async read(code: ComponentCode): Promise<DerivedInterface | null> {
    const id = code.component_id;
    if (!this.#read.has(id)) this.#read.set(id, await this.readCode(code));
    return this.#read.get(id)!;
  }

  /** What it can do; null when it is not at hand, not understood, or beyond the bounds. */
  async abilitiesOf(code: ComponentCode): Promise<Abilities | null> {
    const { component_id, artifact } = code;
    if (!this.#read.has(component_id)) {
      if (this.#left === 0 || artifact.size > this.#bytesLeft) return null;
      this.#left -= 1;
      this.#bytesLeft -= artifact.size;
    }
    return (await this.read(code))?.abilities ?? null;
  }
}
