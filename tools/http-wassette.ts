// The live Wassette at an address. It is connected to when it is first needed.
import { UsageError } from '../src/errors.ts';
import type { HttpClient } from '../src/wassette/live/http/client.ts';
import type { LiveWassette } from '../src/wassette/live/live-wassette.ts';

export interface HttpFlags {
  wassetteUrl?: string | undefined;
  /** Prefixes of what may be on another machine. */
  allowRemote?: readonly string[] | undefined;
  /** Whether the prefixes say from where code may be fetched, too. */
  isAlsoForCode?: boolean | undefined;
}

/**
 * Undefined without an address. Others may use that Wassette, too, and cannot be held back.
 * @throws as `resolveWassetteUrl`, before anything is asked of it
 */
export async function wassetteAt({
  wassetteUrl,
  allowRemote: prefixes = [],
  isAlsoForCode = false,
}: HttpFlags): Promise<LiveWassette | undefined> {
  if (wassetteUrl === undefined && !isAlsoForCode && prefixes.length > 0)
    throw new UsageError('USAGE_BAD_ARGUMENT', '--allow-remote has no effect without --wassette-url', {
      hint: 'say which Wassette is on another machine, or leave it out',
    });
  if (wassetteUrl === undefined) return undefined;
  const { resolveWassetteUrl } = await import('../src/wassette/live/http/url.ts');
  const { RemoteFence, remoteNameOf } = await import('../src/net/remote-fence.ts');
  const fence = RemoteFence.of(prefixes);
  const allowRemote = URL.canParse(wassetteUrl) && fence.includes(remoteNameOf(new URL(wassetteUrl)));
  const endpoint = await resolveWassetteUrl(wassetteUrl, { allowRemote });
  const connect = async () => {
    const { openHttpClient } = await import('../src/wassette/live/http/client.ts');
    return openHttpClient(wassetteUrl, { allowRemote });
  };
  let connecting: Promise<HttpClient> | undefined;
  let users = 0;
  /** Runs `work` with one connection for all its calls, which is closed when nobody uses it any more. */
  const connected = async <T>(work: () => Promise<T>): Promise<T> => {
    users++;
    try {
      return await work();
    } finally {
      users--;
      const last = connecting;
      if (users === 0) {
        connecting = undefined;
        await (await last?.catch(() => undefined))?.close();
      }
    }
  };
  return {
    pid: null,
    program: null,
    async version(signal) {
      const { versionAt } = await import('../src/wassette/live/http/version.ts');
      return versionAt(endpoint, signal);
    },
    withoutChanges: connected,
    alone: (_changed, work) => work(),
    callTool: (name, args, signal) =>
      connected(async () => {
        connecting ??= connect();
        return (await connecting).callTool(name, args, signal);
      }),
  };
}
