// What is stored in the secrets directory: three answers for each component. Absent, names known, or names unknown.
import { secretProjection } from '../snapshot/component-id.ts';

/** Names of secrets; or a file that may hold some, and that only Wassette may be able to read. */
export type StoredSecrets = readonly string[] | UnreadSecrets;

export interface UnreadSecrets {
  /** What cannot be read: a file in the secrets directory, or that directory. */
  file: string;
  /** Changes when it does. */
  mark: string;
}

export interface SecretsStore {
  /** By secrets-file stem. */
  files: ReadonlyMap<string, StoredSecrets>;
  /** Set where the directory cannot be read: then any component may have secrets in it. */
  unread: UnreadSecrets | null;
}

export function secretsOf({ files, unread }: SecretsStore, componentId: string): StoredSecrets {
  return files.get(secretProjection(componentId)) ?? unread ?? [];
}

export function isUnread(secrets: StoredSecrets): secrets is UnreadSecrets {
  return 'mark' in secrets;
}
