// What a host runs before and after an import, as its state digest has it (FORMAT.md F-2.4).
import { sha256Hex } from '../../codec/digest.ts';
import { utf8Text } from '../../codec/utf8.ts';
import type { ComponentChange } from '../../plan/file-kinds.ts';
import type { PolicyInState, StateComponent } from '../../snapshot/state-digest.ts';
import type { HostComponent } from '../../wassette/directory/component-files.ts';

/** What a host runs now. */
export function runningIn(found: readonly HostComponent[]): StateComponent[] {
  return found.flatMap(({ component_id, artifact, policy }) =>
    artifact === null
      ? []
      : [{ component_id, artifact, policy: policy === null ? null : inState(policy.bytes) }],
  );
}

/** What it runs once `changes` are made. */
export function runningAfter(
  before: readonly StateComponent[],
  changes: readonly ComponentChange[],
  policies: ReadonlyMap<string, PolicyInState>,
): StateComponent[] {
  const after = new Map(before.map((component) => [component.component_id, component]));
  for (const { component_id, wasm, policy } of changes) {
    if (wasm.new === null) after.delete(component_id);
    else {
      const next = policy.new === null ? null : (policies.get(policy.new.sha256) ?? null);
      after.set(component_id, { component_id, artifact: wasm.new, policy: next });
    }
  }
  return [...after.values()];
}

/** The policies that are here and that come, by SHA-256. */
export function policiesInState(
  found: readonly HostComponent[],
  coming: ReadonlyMap<string, Uint8Array>,
): Map<string, PolicyInState> {
  const policies = new Map([...coming].map(([sha256, bytes]) => [sha256, inState(bytes)]));
  for (const { policy } of found) if (policy !== null) policies.set(policy.sha256, inState(policy.bytes));
  return policies;
}

function inState(bytes: Uint8Array): PolicyInState {
  return utf8Text(bytes) ?? { sha256: sha256Hex(bytes) };
}
