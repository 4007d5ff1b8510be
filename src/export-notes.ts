// What an export tells beside what it wrote: grants that no other host will be given.
import { quoted } from './codec/safe-text.ts';
import type { Host } from './host/host.ts';
import { resolveDirectories } from './host/target-state.ts';
import { directoryInWords, forbiddenBecause, storageGrantsOf } from './model/directory-grants.ts';
import type { SnapshotDocument } from './model/snapshot.ts';
import { policyOf } from './model/snapshot-policies.ts';

/** One line for each storage grant that an import elsewhere would refuse; on this host it can be restored. */
export function refusedElsewhere(document: SnapshotDocument, host: Host): string[] {
  const protectedDirs = host.protectedDirs();
  return document.components.flatMap((component) => {
    const grants = storageGrantsOf(policyOf(component) ?? 'none');
    const directories = resolveDirectories(
      grants.map((grant) => grant.uri),
      host.componentDir,
    );
    return grants.flatMap(({ uri, access }) => {
      const directory = directories.get(uri);
      const because = directory === undefined ? null : forbiddenBecause(directory, protectedDirs);
      if (because === null) return [];
      return `${quoted(component.component_id)}: another host will refuse its grant to ${access.join(' and ')} ${directoryInWords(uri, directories)}: it ${because}`;
    });
  });
}
