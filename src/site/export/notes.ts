// Makes notes for an export: which grants other hosts will refuse, and which secrets have unknown names.
import path from 'node:path';
import { quoted } from '../../codec/safe-text.ts';
import { storageUrisOf, writtenPath } from '../../plan/directory-grants.ts';
import { forbiddenIn } from '../../plan/refusals/forbidden-grants.ts';
import { LONGEST_VALUE, unreadableEntriesOf } from '../../plan/refusals/refusals.ts';
import { isUnread, type SecretsStore, secretsOf } from '../../plan/stored-secrets.ts';
import type { Document } from '../../snapshot/document.ts';
import type { Host } from '../../wassette/host.ts';
import { resolveDirectories } from '../../wassette/target-state.ts';

/**
 * One line for each storage grant, host or overlong value that an import on another host would refuse; here it can be restored.
 * Where a directory reaches what decides about rights here, that depends on where the other host keeps it.
 */
export function refusedElsewhere(document: Document, host: Host): string[] {
  const protectedDirs = host.protectedDirs();
  return document.tree.components.flatMap((component) => {
    const rights = document.policyOf(component)?.rights ?? 'none';
    const directories = resolveDirectories(storageUrisOf(rights), host.componentDir);
    const always = new Set(
      forbiddenIn(rights, { directories, protectedDirs: [] }).map(({ written }) => written),
    );
    const refused = forbiddenIn(rights, { directories, protectedDirs }).map((entry) => {
      const { written, inWords } = entry;
      if (written.length > LONGEST_VALUE)
        return `another host will refuse an entry of ${written.length} characters, ${quoted(written)}`;
      const isPlace = entry.section === 'storage' && path.isAbsolute(writtenPath(written) ?? '');
      return isPlace && !always.has(written)
        ? `a host that keeps its components, secrets or state where this one does will refuse ${inWords}`
        : `another host will refuse ${inWords}`;
    });
    const tooLong = [...new Set(unreadableEntriesOf(rights))].map(
      (what) => `another host will refuse its ${what}: it is too long for a person to judge`,
    );
    return [...refused, ...tooLong].map((said) => `${quoted(component.component_id)}: ${said}`);
  });
}

/** One line for each component that may have secrets here with unknown names. */
export function namesUnknown({ tree }: Document, secrets: SecretsStore): string[] {
  return tree.components.flatMap(({ component_id }) => {
    const stored = secretsOf(secrets, component_id);
    return isUnread(stored)
      ? `${quoted(component_id)}: the names of its secrets are not in the snapshot, because ${quoted(stored.file)} cannot be read`
      : [];
  });
}
