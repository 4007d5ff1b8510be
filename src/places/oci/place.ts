// The place that is a snapshot in a store.
import { levelOf } from '../../codec/compression/compression.ts';
import type { Blobs } from '../../disk/blobs/blob.ts';
import type { Document } from '../../snapshot/document.ts';
import type {
  Documents,
  OpeningOptions,
  OpenSnapshot,
  Place,
  PlacedSnapshot,
  SigningOptions,
  Wanted,
  WritingOptions,
  WrittenSnapshot,
} from '../place.ts';
import { notesOn } from './layers/notes.ts';
import type { OciLayout } from './layout.ts';

export class StorePlace implements Place {
  /** @param name or digest, or the beginning of one; null where what is written gets no name */
  constructor(
    private readonly store: OciLayout,
    private readonly name: string | null,
  ) {}

  open({ known }: OpeningOptions = {}): Promise<OpenSnapshot> {
    return this.store.open(this.#named(), known);
  }

  async withState(document: Document): Promise<OpenSnapshot | null> {
    return this.store.openState(document, this.name);
  }

  async documents(): Promise<Documents> {
    return this.store;
  }

  sign(options: SigningOptions): Promise<WrittenSnapshot> {
    return this.store.sign(this.#named(), options);
  }

  #named(): string {
    if (this.name === null) throw new TypeError('a snapshot without a name is opened by its digest');
    return this.name;
  }

  async assertTakes({ compress }: Wanted): Promise<void> {
    if (compress !== undefined) levelOf(compress);
  }

  async write(document: Document, blobs: Blobs, options: WritingOptions): Promise<PlacedSnapshot> {
    const { codec, ...written } = await this.store.write(document, blobs, {
      ...options,
      name: this.name ?? undefined,
    });
    const notes = notesOn(options, codec, written.transfer);
    return { ...written, carriesBinaries: true, isManifest: false, notes };
  }
}
