// The layout in a bucket, and the place that is a snapshot in it.
import { levelOf } from '../../codec/compression/compression.ts';
import type { Blobs, TransferOptions } from '../../disk/blobs/blob.ts';
import { UsageError } from '../../errors.ts';
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
import { type BucketReference, type BucketService, bucketReference } from '../references/bucket.ts';
import type { BucketOptions } from './drivers/bucket-space.ts';
import { OciLayout } from './layout.ts';
import type { ObjectDriver } from './object-driver.ts';
import { StorePlace } from './place.ts';

/** Where the tools of a bucket's vendor look for credentials and addresses. */
type Environment = Readonly<Record<string, string | undefined>>;
type BucketLayout = Pick<BucketReference, 'service' | 'bucket' | 'prefix'>;

const LATEST = 'latest';

/** Each vendor's client is large, and is loaded for its scheme alone. */
const DRIVERS: Record<
  BucketService,
  (layout: BucketLayout, env: Environment, options: BucketOptions) => Promise<ObjectDriver>
> = {
  async s3({ bucket, prefix }, env, options) {
    const { S3Driver } = await import('./drivers/s3.ts');
    const isElsewhere = Boolean(env.AWS_ENDPOINT_URL_S3 || env.AWS_ENDPOINT_URL);
    return new S3Driver(bucket, prefix, { ...options, isElsewhere });
  },
  async gs({ bucket, prefix }, _env, options) {
    const { GcsDriver } = await import('./drivers/gcs.ts');
    return new GcsDriver(bucket, prefix, options);
  },
  async azblob({ bucket, prefix }, environment, options) {
    const { AzureDriver } = await import('./drivers/azure.ts');
    const [account, container] = bucket.split('/');
    return new AzureDriver(account!, container!, prefix, { ...options, environment });
  },
};

/**
 * The layout below a prefix of a bucket; nothing is read yet.
 * @throws UsageError USAGE_BAD_ARGUMENT for variables that do not fit the reference
 */
export async function openBucket(
  reference: BucketLayout,
  { signal }: Pick<TransferOptions, 'signal'> = {},
  env: Environment = process.env,
): Promise<OciLayout> {
  return new OciLayout(await DRIVERS[reference.service](reference, env, { signal }));
}

/** A snapshot in a bucket, under the name of the reference; without one `latest`. */
export class BucketPlace implements Place {
  constructor(private readonly reference: BucketReference) {}

  async open(options: OpeningOptions): Promise<OpenSnapshot> {
    return (await this.#place(options)).open(options);
  }

  async assertTakes({ compress }: Wanted): Promise<void> {
    if (compress !== undefined) levelOf(compress);
    const { isPinned, text } = this.reference;
    if (!isPinned) return;
    throw new UsageError('USAGE_BAD_ARGUMENT', `${text}: a digest follows from what is written`, {
      hint: 'give a name, or leave out the digest',
    });
  }

  async write(document: Document, blobs: Blobs, options: WritingOptions): Promise<PlacedSnapshot> {
    const placed = await (await this.#place(options)).write(document, blobs, options);
    return { ...placed, ...this.#pinned(placed) };
  }

  async sign(options: SigningOptions): Promise<WrittenSnapshot> {
    const written = await (await this.#place(options)).sign(options);
    return { ...written, ...this.#pinned(written) };
  }

  documents(options: TransferOptions): Promise<Documents> {
    return openBucket(this.reference, options);
  }

  async #place(options: TransferOptions): Promise<StorePlace> {
    return new StorePlace(await openBucket(this.reference, options), this.reference.name ?? LATEST);
  }

  /** What opens this very snapshot again, whoever takes the name. */
  #pinned({ digest }: WrittenSnapshot): { reference: string } {
    const { service, bucket, prefix } = this.reference;
    return { reference: bucketReference({ service, bucket, prefix }, digest).text };
  }
}
