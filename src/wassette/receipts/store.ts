// The store of Wassettes after 0.8: read as its receipts say, and never written (docs/decisions/0009).
import path from 'node:path';
import type { BlobName } from '../../codec/blob-name.ts';
import type { BlobSource } from '../../disk/blob.ts';
import { readFileBytes } from '../../disk/file-bytes.ts';
import type { ComponentStore } from '../component-store.ts';
import type { HostComponent } from '../directory/component-files.ts';
import { fileName } from '../directory/files.ts';
import type { ComponentListing } from '../directory/listing.ts';
import { transactional, type WholeReading } from '../directory/reading.ts';
import { readTransactionalStore } from './reading.ts';

export class ReceiptStore implements ComponentStore {
  constructor(readonly componentDir: string) {}

  async list(): Promise<ComponentListing> {
    const installed = await readTransactionalStore(this.componentDir);
    return { installed: installed.map(({ component_id }) => component_id), orphans: [], unserved: [] };
  }

  async read(ids: readonly string[], signal?: AbortSignal): Promise<HostComponent[]> {
    return readTransactionalStore(this.componentDir, { only: ids, signal });
  }

  async readWhole(ids: readonly string[], signal?: AbortSignal): Promise<WholeReading> {
    return { components: await this.read(ids, signal), problems: [] };
  }

  codeOf({ component_id, artifact }: { component_id: string; artifact: BlobName }): BlobSource {
    const file = path.join(this.componentDir, fileName(component_id, 'wasm'));
    return { ...artifact, open: () => readFileBytes(file) };
  }

  async remarks(): Promise<string[]> {
    return [];
  }

  async version(): Promise<null> {
    return null;
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

  async undisturbed<T>(work: () => Promise<T>): Promise<T> {
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
