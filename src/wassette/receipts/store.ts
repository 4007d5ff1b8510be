// The component store of Wassettes after 0.8: read as its receipts say, and never written (docs/decisions/0009).
import { type WassetteVersion, withoutPolicy } from '../../policy/wassette-versions.ts';
import type { ComponentStore, Surroundings, WholeReadingOptions } from '../component-store.ts';
import type { HostComponent } from '../directory/component-files.ts';
import type { ComponentListing } from '../directory/listing.ts';
import type { Phantoms } from '../directory/phantoms.ts';
import { transactional, type WholeReading } from '../directory/reading.ts';
import { liveToolsOf } from '../live/answers.ts';
import type { LiveWassette } from '../live/live-wassette.ts';
import { remarksOnDirectory } from '../live/right-directory.ts';
import { type SaidTools, saidTools } from '../live/several/said-tools.ts';
import { readInstalledKeys, readTransactionalStore } from './reading.ts';

export class ReceiptStore implements ComponentStore {
  constructor(
    readonly componentDir: string,
    private readonly live?: LiveWassette,
  ) {}

  async list(): Promise<ComponentListing> {
    const installed = await readTransactionalStore(this.componentDir);
    return {
      installed: installed.map(({ component_id }) => component_id),
      orphans: [],
      unloadable: [],
    };
  }

  async read(ids: readonly string[], signal?: AbortSignal): Promise<HostComponent[]> {
    return readTransactionalStore(this.componentDir, { only: ids, signal });
  }

  async readWhole(ids: readonly string[], { signal }: WholeReadingOptions = {}): Promise<WholeReading> {
    return { components: await this.read(ids, signal), problems: [] };
  }

  async remarks(signal?: AbortSignal): Promise<string[]> {
    return this.live === undefined ? [] : remarksOnDirectory(this.live, this, signal);
  }

  async version(signal?: AbortSignal): Promise<WassetteVersion | null> {
    return (await this.live?.version(signal)) ?? null;
  }

  /** None: a receipt says what is installed. */
  async phantoms(): Promise<Phantoms> {
    return { listed: [], doubtful: [] };
  }

  /** None: a receipt says of which code it is. */
  doubtfulNativeCode(): string[] {
    return [];
  }

  async toolsOf(ids: readonly string[], signal?: AbortSignal): Promise<string[] | null> {
    return this.live === undefined ? null : liveToolsOf(this.live, ids, signal);
  }

  /** By storage key, which is our id; of tools, since providers and layers are no components of a state. */
  async toolLists(signal?: AbortSignal): Promise<SaidTools> {
    const own = this.live === undefined ? [] : [{ live: this.live, window: null }];
    const { lists, silent } = await saidTools(own, [], signal);
    if (lists.length === 0) return { lists, silent };
    const keys = new Map<string, string | null>();
    for (const [key, { serverId, isTool }] of await readInstalledKeys(this.componentDir))
      for (const name of [serverId, key]) keys.set(name, isTool ? key : null);
    const byKey = (list: (typeof lists)[number]) =>
      [...list].flatMap(([id, tools]) => {
        const key = keys.get(id);
        return key === null ? [] : [[key ?? id, tools] as const];
      });
    return { lists: lists.map((list) => new Map(byKey(list))), silent };
  }

  async surroundings(signal?: AbortSignal): Promise<Surroundings> {
    const meaning = withoutPolicy(await this.version(signal));
    return { withoutPolicy: meaning, environment: [], secretsDirs: [], caveats: [], obstacle: null };
  }

  async isUnfinished(): Promise<boolean> {
    return false;
  }

  assertChangeable(): void {
    throw transactional(this.componentDir);
  }

  async assertIdle(): Promise<void> {
    this.assertChangeable();
  }

  async whileUnchanged<T>(work: () => Promise<T>): Promise<T> {
    return work();
  }

  async exclusively(): Promise<never> {
    throw transactional(this.componentDir);
  }

  async recover(): Promise<never> {
    throw transactional(this.componentDir);
  }

  async abandon(): Promise<never> {
    throw transactional(this.componentDir);
  }
}
