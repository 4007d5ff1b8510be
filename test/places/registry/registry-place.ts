// The place of a reference to a registry that a test has started.
import { AddressFence } from '../../../src/net/address-fence.ts';
import { HttpClient } from '../../../src/net/http.ts';
import { HTTP_SETTINGS, type HttpSettings } from '../../../src/net/settings.ts';
import { parseRegistryReference } from '../../../src/places/references/registry.ts';
import { Credentials } from '../../../src/places/registry/auth/credentials.ts';
import { RegistryPlace } from '../../../src/places/registry/place.ts';

/** As always, but for the pauses. */
export const QUICK: HttpSettings = { ...HTTP_SETTINGS, pauseMs: 5 };

export interface Logins {
  /** By host. */
  [host: string]: { auth?: string; identitytoken?: string };
}

export function registryPlace(reference: string, logins: Logins = {}): RegistryPlace {
  const credentials = new Credentials({ inline: JSON.stringify({ auths: logins }), files: [] });
  return new RegistryPlace(
    parseRegistryReference(reference),
    new HttpClient(AddressFence.open, QUICK),
    credentials,
    alone,
  );
}

/** One after the other, as a lock between processes has it. */
let last: Promise<unknown> = Promise.resolve();
function alone<T>(work: () => Promise<T>): Promise<T> {
  const next = last.catch(() => undefined).then(work);
  last = next;
  return next;
}

export function passwordOf(username: string, password: string): { auth: string } {
  return { auth: Buffer.from(`${username}:${password}`).toString('base64') };
}
