// What every reference to a remote place says of itself.
import type { RemoteName } from '../../net/remote-fence.ts';

/** A place that is reached over the network. */
export interface RemotePlace {
  /** The reference as it may be shown: without credentials, and a query can hold some. */
  readonly text: string;
  /** What prefixes that an operator allows are compared with. */
  readonly remote: RemoteName;
  /** Whether it means the same bytes for ever. */
  readonly isPinned: boolean;
}
