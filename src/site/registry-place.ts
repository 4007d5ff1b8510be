// Makes the place of a reference to a registry: with the logins of this user, and a lock for what this machine changes there.
import { acquireLock } from '../disk/lock.ts';
import { AddressFence } from '../net/address-fence.ts';
import { HttpClient } from '../net/http.ts';
import type { RegistryReference } from '../places/references/registry.ts';
import { Credentials } from '../places/registry/auth/credentials.ts';
import { RegistryPlace } from '../places/registry/place.ts';
import type { Alone } from '../places/registry/referrers.ts';
import { Repository } from '../places/registry/repository.ts';
import { listTags } from '../places/registry/tags.ts';
import { registryLogins } from '../wassette/locations.ts';
import type { Site } from './site.ts';

/** How long another process on this machine is waited for. */
const WAIT_MS = 60_000;

export function registryPlace(
  reference: RegistryReference,
  fence: AddressFence,
  site: () => Promise<Site>,
): RegistryPlace {
  const http = new HttpClient(fence);
  return new RegistryPlace(reference, http, new Credentials(registryLogins()), aloneOn(site));
}

/** The tags of the repository, whatever they name. @throws as `listTags` */
export async function tagsOf(
  reference: RegistryReference,
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const http = new HttpClient(AddressFence.open);
  const repository = new Repository(reference, 'read', http, new Credentials(registryLogins()));
  try {
    return await listTags(repository, signal);
  } finally {
    await http.close();
  }
}

function aloneOn(site: () => Promise<Site>): Alone {
  return async (work) => {
    const { registries, root } = (await site()).host.state;
    const lock = await acquireLock(registries, { stateDir: root, waitMs: WAIT_MS });
    try {
      return await work();
    } finally {
      await lock.release();
    }
  };
}
