// Which addresses HTTP may connect to, by who has named the URL.
import { quoted } from '../codec/safe-text.ts';
import { PolicyError } from '../errors.ts';
import { plainHost } from './loopback.ts';
import { type RemoteFence, remoteNameOf } from './remote-fence.ts';
import { isLoopbackAddress, specialKindOf } from './special-addresses.ts';

/** Looks at an address before it is connected to. @throws PolicyError POLICY_OUTSIDE_FENCE */
export type AddressCheck = (host: string, address: string) => void;

export class AddressFence {
  private constructor(private readonly permitted: RemoteFence | 'everything') {}

  /** For what a person names: their own machine and network, too. */
  static readonly open = new AddressFence('everything');

  /**
   * For what an agent or a snapshot names: what everybody on the internet can reach, so that nobody looks through us into
   * the network around. Only what the operator has permitted is as open as to a person.
   */
  static forOthers(permitted: RemoteFence): AddressFence {
    return new AddressFence(permitted);
  }

  /** Whether every address is good for this URL. */
  isOpenFor(url: URL): boolean {
    if (this.permitted === 'everything') return true;
    return this.permitted.includes(remoteNameOf(url)) || this.permitted.hasRegistryAt(url);
  }
}

export const assertPublic: AddressCheck = (host, address) => {
  const kind = specialKindOf(address);
  if (kind === null) return;
  throw new PolicyError(
    'POLICY_OUTSIDE_FENCE',
    `${quoted(plainHost(host))} is not on the internet: its address is ${kind}`,
    {
      hint: 'only somebody who may reach that network can name it',
      remedy: { do: 'allow-remote' },
      details: { host: plainHost(host) },
      said: `${host} has the address ${address}`,
    },
  );
};

/** For what is sent without encryption. */
export const assertLoopback: AddressCheck = (host, address) => {
  if (isLoopbackAddress(address)) return;
  throw new PolicyError('POLICY_OUTSIDE_FENCE', `${quoted(plainHost(host))} is not this machine`, {
    hint: 'without encryption only this machine is spoken to: use https',
    details: { host: plainHost(host) },
    said: `${host} has the address ${address}`,
  });
};
