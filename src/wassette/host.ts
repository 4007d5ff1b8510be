// One Wassette as seen from outside: its components, the names of its secrets, and which directories no component may reach.

import { existsSync } from 'node:fs';
import path from 'node:path';
import type { BlobName } from '../codec/blob-name.ts';
import { type DerivedInterface, deriveInterface } from '../component/derived-interface.ts';
import type { BlobSource } from '../disk/blobs/blob.ts';
import { readFileBytes, withFileAt } from '../disk/blobs/file-bytes.ts';
import { nowSeconds } from '../disk/clock.ts';
import { otherNamesOf, readMounts } from '../disk/paths/mounts.ts';
import { StoreError } from '../errors.ts';
import type { ProtectedDirectory } from '../plan/directory-grants.ts';
import { type SecretsStore, unionOf } from '../plan/stored-secrets.ts';
import { type Rights, rightsIn } from '../policy/policy.ts';
import type { AuditLog } from '../state/audit/log.ts';
import type { StateDirectory } from '../state/directory.ts';
import { rememberOrigin } from '../state/origins.ts';
import type { ComponentStore } from './component-store.ts';
import type { HostComponent } from './directory/component-files.ts';
import { fileName } from './directory/files.ts';
import { ownFolder, secretsFolder } from './directory/own-folder.ts';
import type { Locations } from './locations.ts';
import { readSecretValues, type StoredValues } from './secrets/contents.ts';
import { readSecrets } from './secrets/directory.ts';
import { KeptSecrets } from './secrets/kept.ts';

interface InstalledCode {
  component_id: string;
  artifact: BlobName;
}

export class Host {
  readonly componentDir: string;
  /** By the hash of the policy. */
  readonly #rights = new Map<string, Rights>();

  constructor(
    readonly locations: Locations,
    readonly state: StateDirectory,
    readonly components: ComponentStore,
    readonly log: AuditLog,
  ) {
    this.componentDir = locations.componentDir;
  }

  /** @param others secrets directories of other Wassettes that run here: what any of them has counts */
  async secrets(others: readonly string[] = []): Promise<SecretsStore> {
    const directories = new Set([this.locations.secretsDir, ...others]);
    return unionOf(await Promise.all([...directories].map(readSecrets)));
  }

  /** The values of the secrets that are stored for a component: to be sealed, and shown to nobody. @throws as `readSecretValues` */
  async secretValues(id: string): Promise<ReadonlyMap<string, string>> {
    return (await this.storedSecrets(id))?.values ?? new Map();
  }

  /** The secrets file of a component; null for none. @throws as `readSecretValues` */
  async storedSecrets(id: string): Promise<StoredValues | null> {
    return readSecretValues(this.locations.secretsDir, id);
  }

  /** A secrets file that an import here replaced. @throws as `KeptSecrets.read` */
  async keptSecrets(file: BlobName): Promise<Uint8Array> {
    return new KeptSecrets(secretsFolder(this.locations)).read(file);
  }

  /** @throws StoreError STORE_UNSUPPORTED where a later Wassette keeps account of its secrets, which only it may change */
  async assertSecretsAreFiles(): Promise<void> {
    if (!existsSync(path.join(this.locations.secretsDir, '.secret-bindings.json'))) return;
    throw new StoreError(
      'STORE_UNSUPPORTED',
      `only Wassette itself may change the secrets in ${this.locations.secretsDir}`,
      {
        hint: 'import without the secrets, and set them with "wassette secret set"',
      },
    );
  }

  /** What a component's policy allows. Each policy is parsed once. */
  rightsOf({ component_id, policy }: Pick<HostComponent, 'component_id' | 'policy'>): Rights {
    if (policy === null) return 'none';
    const known = this.#rights.get(policy.sha256);
    if (known !== undefined) return known;
    const rights = rightsIn(policy.bytes, component_id);
    this.#rights.set(policy.sha256, rights);
    return rights;
  }

  /** The bytes of an installed component, to be copied elsewhere. */
  codeOf({ component_id, artifact }: InstalledCode): BlobSource {
    const file = this.#codeFile(component_id);
    return { ...artifact, open: () => readFileBytes(file) };
  }

  /** What the code of an installed component says about its interface. */
  interfaceOf({ component_id }: Pick<InstalledCode, 'component_id'>): DerivedInterface {
    return withFileAt(this.#codeFile(component_id), deriveInterface);
  }

  /** Remembers where the code that is now installed under `id` was loaded from. */
  async rememberOrigin(id: string, uri: string): Promise<void> {
    const { installed } = await this.components.list();
    const [component] = installed.includes(id) ? await this.components.read([id]) : [];
    if (component?.artifact) await this.#rememberOriginOf(component.artifact, uri);
  }

  /** The same of code by its name, for many; where it cannot be kept, an export later says less. */
  async rememberOrigins(codes: readonly { artifact: BlobName; source_uri: string }[]): Promise<void> {
    for (const { artifact, source_uri } of codes)
      await this.#rememberOriginOf(artifact, source_uri).catch(() => undefined);
  }

  /** A file of the directory itself says nothing about where the code is from. */
  async #rememberOriginOf({ sha256 }: BlobName, uri: string): Promise<void> {
    if (uri.startsWith(`file://${this.componentDir}${path.sep}`)) return;
    await rememberOrigin(this.state, sha256, uri, nowSeconds());
  }

  /**
   * The protected directories and files, by all their paths; also where they would be for whoever names none. A part of the
   * component directory is not protected, at other paths too.
   * @param secretsDirs where other Wassettes that run here keep secrets
   */
  protectedDirs(secretsDirs: readonly string[] = []): ProtectedDirectory[] {
    const mounts = readMounts();
    const { byDefault } = this.locations;
    const all = (name: ProtectedDirectory['name'], paths: readonly string[]): ProtectedDirectory[] =>
      [...new Set(paths)].map((path) => ({ name, path }));
    const own: ProtectedDirectory[] = [
      ...all('component directory', [this.componentDir, ...byDefault.componentDirs]),
      ...all('secrets directory', [this.locations.secretsDir, ...secretsDirs, ...byDefault.secretsDirs]),
      ...all('state directory', [this.state.root, byDefault.stateDir]),
      ...all('list of accepted signers', [this.locations.signersFile, byDefault.signersFile]),
      ...all('operator policy', [this.locations.policyFile, byDefault.policyFile]),
    ];
    return own.flatMap((dir) => {
      const { whole, parts } = otherNamesOf(dir.path, mounts);
      const others = dir.name === 'component directory' ? whole : [...whole, ...parts];
      return [dir, ...others.map((name) => ({ ...dir, path: name }))];
    });
  }

  #codeFile(id: string): string {
    return path.join(this.componentDir, fileName(id, 'wasm'));
  }

  /** Whether an import or export was ever made here: without our folder in the directory, none is under way. */
  hasOwnFolder(): boolean {
    return existsSync(ownFolder(this.componentDir));
  }

  exists(): boolean {
    return existsSync(this.componentDir);
  }
}
