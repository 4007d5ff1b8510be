// Expresses a component's rights as far as a deployment manifest can. In doubt the manifest grants less.
import { quoted } from '../codec/safe-text.ts';
import type { YamlMap } from '../codec/yaml/reader.ts';
import { NOTHING_GRANTED } from '../policy/name-rules.ts';
import type { Permissions, Policy } from '../policy/policy.ts';
import { readPolicyText } from '../policy/text.ts';
import { unknownPolicyKeys } from '../policy/unknown-keys.ts';
import { seenWithoutPolicy, type WithoutPolicy } from '../policy/wassette-versions.ts';
import type { SnapshotComponent } from '../snapshot/shape.ts';
import { isDescribed, nameInPolicy } from './generated-policy.ts';
import type { DeclaredLimits, Grants } from './grants.ts';
import { grantsAsWritten } from './policy-order.ts';

const NOTHING: Grants = { network: [], storage: [], environment: [NOTHING_GRANTED] };
const NO_LIMITS: DeclaredLimits = { memoryBytes: null, cpuTimeMs: null };

/**
 * What to declare of a component: its name, permissions and limits. One without a policy is allowed nothing: empty permissions would leave it
 * what another host has under that id, or perhaps every environment variable.
 * @param remark takes what gets lost
 * @param meaning of having no policy where it was captured
 */
export function declarationFor(
  { component_id: id, secret_names: secrets = [] }: SnapshotComponent,
  policy: Policy | null,
  remark: (text: string) => void,
  meaning: WithoutPolicy,
): { name: string | null; grants: Grants; limits: DeclaredLimits } {
  if (secrets.length > 0)
    remark(`needs the secrets ${secrets.map(quoted).join(', ')}: store them where it runs`);
  if (policy === null) {
    remark(
      `has no policy here, so it sees ${seenWithoutPolicy(meaning)}; the manifest grants it nothing: it names only ${NOTHING_GRANTED}, and no variable can have that name`,
    );
    return { name: id, grants: NOTHING, limits: NO_LIMITS };
  }
  const written = readPolicyText(policy.text);
  const name = nameFor(id, written, remark);
  remarkLosses(policy.rights, remark);
  const unknown = unknownPolicyKeys(written);
  if (unknown.length > 0)
    remark(`left out: keys of its policy that Wassette ignores (${unknown.map(quoted).join(', ')})`);
  const expressible = expressibleIn(grantsAsWritten(written));
  const grants = isNothing(expressible) ? NOTHING : expressible;
  if (grants === NOTHING)
    remark(
      `is allowed nothing; the manifest says so by naming only ${NOTHING_GRANTED}, and no variable can have that name`,
    );
  const { memoryBytes } = policy.rights.resources;
  return {
    name,
    grants,
    limits: { memoryBytes: memoryBytes === null ? null : String(memoryBytes), cpuTimeMs: null },
  };
}

/** The name that gives the policy its description; the id when no name does. */
function nameFor(id: string, policy: YamlMap, remark: (text: string) => void): string | null {
  if (!isDescribed(policy, id)) return id;
  const name = nameInPolicy(policy);
  if (name === undefined) remark('left out: the description of its policy');
  return name === undefined ? id : name;
}

/** Whether these allow nothing at all. */
export function isNothing({ network, storage, environment }: Grants): boolean {
  return network.length + storage.length === 0 && environment.every((key) => key === NOTHING_GRANTED);
}

/** Without duplicates: Wassette refuses a variable that occurs twice in a manifest. */
function expressibleIn({ network, storage, environment }: Grants): Grants {
  return {
    network,
    storage: storage.filter(({ uri }) => uri.startsWith('fs://')),
    environment: [...new Set(environment)].filter((key) => key !== NOTHING_GRANTED),
  };
}

function remarkLosses(permissions: Permissions, remark: (text: string) => void): void {
  const { network, storage, ipc, runtime, resources } = permissions;
  const lost = (isLost: boolean, what: string) => {
    if (isLost) remark(`left out: ${what}`);
  };
  lost(
    network.deny.length + storage.deny.length + ipc.deny.length > 0,
    'deny entries (Wassette does not enforce them)',
  );
  lost(
    network.allow.some((grant) => 'cidr' in grant),
    'cidr entries (they reach nothing, but allow DNS look-ups)',
  );
  lost(
    storage.allow.some(({ uri }) => !uri.startsWith('fs://')),
    'storage that is not fs://',
  );
  lost(ipc.allow.length > 0, 'ipc entries (Wassette does not enforce them)');
  lost(runtime !== null, 'runtime settings (Wassette does not enforce them)');
  lost(
    resources.cpuMillicores !== null || resources.io !== null,
    'cpu and io limits (Wassette does not enforce them)',
  );
  if (resources.memoryBytes !== null)
    remark(
      'the memory limit is in the manifest, but Wassette 0.8 does not apply it: the component will run without one',
    );
}
