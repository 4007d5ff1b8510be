// Code at its sources, with a line in the audit log for each that was asked.
import type { BlobSource, TransferOptions } from '../../disk/blobs/blob.ts';
import { codeOf } from '../../state/audit/line.ts';
import { noteFetch } from '../recording.ts';
import type { FetchOptions, Site } from '../site.ts';
import type { RemoteCode } from './remote-code.ts';
import type { CodeSource } from './source.ts';

export class RecordedCode {
  readonly #unrecorded = new Set<string>();

  private constructor(
    private readonly remote: RemoteCode,
    private readonly site: Site,
    private readonly snapshot: string,
  ) {}

  /**
   * @param snapshot its digest
   * @throws UsageError USAGE_BAD_ARGUMENT for a bad prefix
   */
  static async of(
    snapshot: string,
    site: Site,
    options: FetchOptions & TransferOptions,
  ): Promise<RecordedCode> {
    const { RemoteCode } = await import('./remote-code.ts');
    return new RecordedCode(RemoteCode.within(options, options.signal), site, snapshot);
  }

  /** What has to be said of what was read. */
  get notes(): readonly string[] {
    return [...this.remote.notes, ...this.#unrecorded];
  }

  /** As `RemoteCode.loadable`. */
  get loadable(): readonly CodeSource[] {
    return this.remote.loadable;
  }

  /** @throws PolicyError POLICY_OUTSIDE_FENCE */
  assertAllowed(source: CodeSource): void {
    this.remote.assertAllowed(source);
  }

  /** @throws as `RemoteCode.codeFrom` */
  codeFrom(source: CodeSource): BlobSource {
    const code = this.remote.codeFrom(source);
    return { ...code, open: () => this.#recorded(source, code.open()) };
  }

  async close(): Promise<void> {
    await this.remote.close();
  }

  async *#recorded(
    { component_id, uri }: CodeSource,
    bytes: AsyncIterable<Uint8Array>,
  ): AsyncGenerator<Uint8Array> {
    // Unless it is read to its end.
    let code: string | null = 'CANCELLED';
    try {
      yield* bytes;
      code = null;
    } catch (error) {
      code = codeOf(error);
      throw error;
    } finally {
      const asked = { component_id, uri, snapshot: this.snapshot, code };
      for (const said of await noteFetch(this.site, asked)) this.#unrecorded.add(said);
    }
  }
}
