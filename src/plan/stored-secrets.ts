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

export function isUnread(secrets: StoredSecrets): secrets is UnreadSecrets {
  return 'mark' in secrets;
}
