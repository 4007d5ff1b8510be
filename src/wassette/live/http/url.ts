// Checks the address of a running Wassette: how it may be written, and that it means this machine.
import { lookup } from 'node:dns/promises';
import { quoted } from '../../../codec/safe-text.ts';
import { PolicyError, StoreError, UsageError } from '../../../errors.ts';
import { isLoopbackHost, plainHost } from '../../../net/loopback.ts';
import { isLoopbackAddress } from '../../../net/special-addresses.ts';

const EXAMPLE = 'http://127.0.0.1:9001';

/**
 * The MCP endpoint `text` stands for; without a path that is `/mcp`.
 * @throws UsageError USAGE_BAD_ARGUMENT for anything but a plain http or https address
 * @throws PolicyError POLICY_OUTSIDE_FENCE for another machine, unless `allowRemote`
 * @throws StoreError STORE_UNREACHABLE when `localhost` cannot be resolved
 */
export async function resolveWassetteUrl(
  text: string,
  { allowRemote }: { allowRemote: boolean },
): Promise<URL> {
  const url = parse(text);
  if (!allowRemote) await assertThisMachine(plainHost(url.hostname));
  return url;
}

function parse(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw badUrl('the address of a Wassette begins with http:// or https://');
  }
  // None of these is quoted: it would be the secret.
  if (url.username !== '' || url.password !== '')
    throw badUrl('the address of a Wassette contains credentials');
  if (url.search !== '' || url.hash !== '')
    throw badUrl('the address of a Wassette has a query or a fragment');
  url.pathname = url.pathname.replace(/\/+$/, '');
  if (url.pathname === '/') url.pathname = '/mcp';
  return url;
}

function badUrl(message: string): UsageError {
  return new UsageError('USAGE_BAD_ARGUMENT', message, {
    hint: `write it like ${EXAMPLE}; Wassette itself asks for no credentials`,
  });
}

/** `localhost` is looked up: a machine may have it mean another. */
async function assertThisMachine(host: string): Promise<void> {
  if (host === 'localhost') {
    const addresses = await lookup(host, { all: true }).catch((cause: NodeJS.ErrnoException) => {
      throw new StoreError('STORE_UNREACHABLE', `"localhost" cannot be resolved (${cause.code})`, {
        hint: `write the address like ${EXAMPLE}`,
        cause,
      });
    });
    if (addresses.every(({ address }) => isLoopbackAddress(address))) return;
  } else if (isLoopbackHost(host)) {
    return;
  }
  throw new PolicyError('POLICY_OUTSIDE_FENCE', `${quoted(host)} is not this machine`, {
    hint: `run this on the machine of that Wassette, with an address such as ${EXAMPLE}`,
    remedy: { do: 'allow-remote' },
    details: { host: quoted(host) },
  });
}
