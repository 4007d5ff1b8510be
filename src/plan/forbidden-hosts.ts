// Network hosts that an import may not newly bring: they are not written as what Wassette reaches by them (F-8).
import { quoted, quotedWhole } from '../codec/safe-text.ts';
import { lineOfHost } from '../policy/lines.ts';
import { hostOddity, hostsOf } from '../policy/network-host.ts';
import type { Rights } from '../policy/policy.ts';
import type { ForbiddenEntry } from './forbidden-grants.ts';

export function forbiddenHostsIn(rights: Rights): ForbiddenEntry[] {
  return hostsOf(rights).flatMap((host) => {
    const would = hostOddity(host);
    if (would === null) return [];
    return {
      written: host,
      isIn: (there: Rights) => hostsOf(there).includes(host),
      lineIn: (text: string) => lineOfHost(text, host),
      inWords: `its network host ${quotedWhole(host)}, by which it may ${would}`,
      problem: `by the network host ${quoted(host)} it would ${would}`,
      hint: 'write the bare host that is meant, such as api.example.com or https://api.example.com',
      remedy: 'leave-out' as const,
      details: { host: quoted(host), would },
    };
  });
}
