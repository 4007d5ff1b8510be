// What a host runs before and after an import, as its state digest has it (FORMAT.md F-2.4).
import type { ComponentChange } from '../plan/file-kinds.ts';
import type { StateComponent } from '../snapshot/state-digest.ts';
import type { HostComponent } from '../wassette/directory/component-files.ts';

/** What a host runs now. */
export function runningIn(found: readonly HostComponent[]): StateComponent[] {
  return found.flatMap(({ component_id, artifact, policy }) =>
    artifact === null
      ? []
      : [{ component_id, artifact, policy: policy === null ? null : textOf(policy.bytes) }],
  );
}

/** What it runs once `changes` are made. */
export function runningAfter(
  before: readonly StateComponent[],
  changes: readonly ComponentChange[],
  texts: ReadonlyMap<string, string>,
): StateComponent[] {
  const after = new Map(before.map((component) => [component.component_id, component]));
  for (const { component_id, wasm, policy } of changes) {
    if (wasm.new === null) after.delete(component_id);
    else {
      const text = policy.new === null ? null : (texts.get(policy.new.sha256) ?? null);
      after.set(component_id, { component_id, artifact: wasm.new, policy: text });
    }
  }
  return [...after.values()];
}

/** The policies that are here and that come, by SHA-256. */
export function policyTexts(
  found: readonly HostComponent[],
  coming: ReadonlyMap<string, Uint8Array>,
): Map<string, string> {
  const texts = new Map([...coming].map(([sha256, bytes]) => [sha256, textOf(bytes)]));
  for (const { policy } of found) if (policy !== null) texts.set(policy.sha256, textOf(policy.bytes));
  return texts;
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}
