// What is stored in the secrets directory for a component: nothing, secrets with known names, or a file we cannot read.
import { secretProjection } from '../snapshot/component-id.ts';

/** Names of secrets; or a file that may hold some, which perhaps only Wassette can read. */
export type StoredSecrets = readonly string[] | UnreadSecrets;

export interface UnreadSecrets {
  /** What cannot be read: a file in the secrets directory, or that directory. */
  file: string;
  /** Changes whenever the file changes. */
  mark: string;
}

export interface SecretsStore {
  /** By secrets-file stem. */
  files: ReadonlyMap<string, StoredSecrets>;
  /** Set when the directory cannot be read: then any component may have secrets in it. */
  unread: UnreadSecrets | null;
}

export function secretsOf({ files, unread }: SecretsStore, componentId: string): StoredSecrets {
  return files.get(secretProjection(componentId)) ?? unread ?? [];
}

/** What is stored in any of them. Where one cannot be read, nothing is certain. */
export function unionOf([first, ...others]: readonly SecretsStore[]): SecretsStore {
  if (first === undefined) return { files: new Map(), unread: null };
  return others.reduce(bothOf, first);
}

function bothOf(a: SecretsStore, b: SecretsStore): SecretsStore {
  const files = new Map(a.files);
  for (const [stem, secrets] of b.files) {
    const known = files.get(stem);
    if (known === undefined) files.set(stem, secrets);
    else if (!isUnread(known))
      files.set(stem, isUnread(secrets) ? secrets : [...new Set([...known, ...secrets])].sort());
  }
  return { files, unread: a.unread ?? b.unread };
}

export function isUnread(secrets: StoredSecrets): secrets is UnreadSecrets {
  return 'mark' in secrets;
}
