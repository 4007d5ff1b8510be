// The running Wassette at an address: connected to when it is first asked for something.
import type { HttpWassette } from '../src/host/http-wassette.ts';
import type { RunningWassette } from '../src/host/live-wassette.ts';

export interface HttpFlags {
  wassetteUrl?: string;
  allowRemote?: boolean;
}

/**
 * Undefined without an address. Others may ask that Wassette for things, too; nothing holds them back.
 * @throws as `resolveWassetteUrl`, before anything is asked of it
 */
export async function wassetteAt({
  wassetteUrl,
  allowRemote = false,
}: HttpFlags): Promise<RunningWassette | undefined> {
  if (wassetteUrl === undefined) return undefined;
  const { resolveWassetteUrl } = await import('../src/host/wassette-url.ts');
  await resolveWassetteUrl(wassetteUrl, { allowRemote });
  let connecting: Promise<HttpWassette> | undefined;
  const connect = async () => {
    const { openHttpWassette } = await import('../src/host/http-wassette.ts');
    return openHttpWassette(wassetteUrl, { allowRemote });
  };
  return {
    pid: null,
    program: null,
    async undisturbed(work) {
      try {
        return await work();
      } finally {
        await (await connecting?.catch(() => undefined))?.close();
        connecting = undefined;
      }
    },
    async callTool(name, args, signal) {
      connecting ??= connect();
      return (await connecting).callTool(name, args, signal);
    },
  };
}
