// The place that is a JSON file on a web server. It can only be read.
import type { TransferOptions } from '../../disk/blobs/blob.ts';
import { FormatError, UsageError } from '../../errors.ts';
import type { AddressFence } from '../../net/address-fence.ts';
import { type Download, download } from '../../net/download.ts';
import { shownUrl } from '../../net/failures.ts';
import { HttpClient } from '../../net/http.ts';
import { HTTP_SETTINGS, type HttpSettings } from '../../net/settings.ts';
import { aboutFile } from '../about-file.ts';
import { openReceived } from '../json/received.ts';
import type { OpeningOptions, OpenSnapshot, Place, PlacedSnapshot, WrittenSnapshot } from '../place.ts';

export class HttpsPlace implements Place {
  /** @param url may have credentials and a query, which are used and never shown */
  constructor(
    private readonly url: URL,
    private readonly fence: AddressFence,
    private readonly settings: HttpSettings = HTTP_SETTINGS,
  ) {}

  /**
   * Copies the file to a private one, which lasts as long as the snapshot.
   * @throws StoreError STORE_NOT_FOUND, STORE_DENIED, STORE_UNREACHABLE, STORE_CHANGING, STORE_NO_SPACE;
   * PolicyError POLICY_OUTSIDE_FENCE; FormatError, VerificationError as for a file
   */
  async open(options: OpeningOptions): Promise<OpenSnapshot> {
    const client = new HttpClient(this.fence, this.settings);
    try {
      const file = await download(client, this.url, options.signal);
      const stream = followed(notAPage(file, this.url), file.size, options);
      return await aboutFile(shownUrl(this.url), () => openReceived(stream, options));
    } finally {
      await client.close();
    }
  }

  async assertTakes(): Promise<void> {
    throw this.#readOnly();
  }

  async write(): Promise<PlacedSnapshot> {
    throw this.#readOnly();
  }

  async sign(): Promise<WrittenSnapshot> {
    throw this.#readOnly();
  }

  #readOnly(): UsageError {
    return new UsageError(
      'USAGE_NOT_AVAILABLE',
      `nothing can be written to ${shownUrl(this.url)}: a web server is only read`,
      {
        hint: 'write a file and put it there as the server wants it, or use a registry or bucket',
      },
    );
  }
}

/** Tells how far it has come, where the size is known. */
async function* followed(
  bytes: AsyncIterable<Uint8Array>,
  size: number | null,
  { onProgress }: TransferOptions,
): AsyncGenerator<Uint8Array> {
  let done = 0;
  for await (const chunk of bytes) {
    yield chunk;
    done += chunk.length;
    if (size !== null)
      onProgress?.({ doing: 'opening', component: null, fraction: Math.min(1, done / size) });
  }
}

/** Many servers answer with a page of theirs, to be logged in on or for a repository. @throws FormatError FORMAT_NOT_A_SNAPSHOT */
async function* notAPage({ bytes }: Download, url: URL): AsyncGenerator<Uint8Array> {
  let isBegun = false;
  for await (const chunk of bytes) {
    const begin: string = isBegun ? '' : Buffer.from(chunk.subarray(0, 256)).toString('latin1').trimStart();
    isBegun ||= begin !== '';
    if (begin.startsWith('<')) {
      throw new FormatError('FORMAT_NOT_A_SNAPSHOT', 'the server answers with a web page', {
        hint: 'give the address of the file itself, which may want you to be logged in',
        details: { url: shownUrl(url) },
      });
    }
    yield chunk;
  }
}
