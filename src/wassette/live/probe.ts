// A probe: files that are put into a component directory for a moment, to check that a running Wassette sees them. Probes are
// known by their names, so that those of a killed run are removed by the next.
import { randomBytes } from 'node:crypto';
import { open, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { COMPONENT_PREAMBLE } from '../../component/decoder/wasm-format.ts';
import { whileDoing } from '../../disk/system-error.ts';
import {
  type AnyFileKind,
  COMPONENT_KINDS,
  fileName,
  isProbe,
  PROBE_PREFIX,
  parseFileName,
} from '../directory/files.ts';

/** A component without imports or exports, so without tools or anything to run. */
const EMPTY_COMPONENT = COMPONENT_PREAMBLE;
const NOTHING_ALLOWED = 'version: "1.0"\npermissions: {}\n';

export class HostProbe {
  /** Random, so that nobody else can know it. */
  readonly id = `${PROBE_PREFIX}${randomBytes(16).toString('hex')}`;

  constructor(private readonly componentDir: string) {}

  /** Puts a tool cache without tools and without a component: Wassette lists its id and has nothing to load. */
  async putSign(): Promise<void> {
    const sign = {
      component_id: this.id,
      tool_schemas: [],
      function_identifiers: [],
      tool_names: [],
      validation_stamp: { file_size: 0, mtime: 0, content_hash: null },
      created_at: 0,
    };
    await this.#put('toolCache', JSON.stringify(sign));
  }

  /** Puts a component that does nothing, with a policy that allows nothing. */
  async putComponent(): Promise<void> {
    await this.#put('policy', NOTHING_ALLOWED);
    await this.#put('wasm', EMPTY_COMPONENT);
  }

  /** @throws StoreError STORE_DENIED, STORE_IO */
  async remove(): Promise<void> {
    await whileDoing(`remove a probe from ${this.componentDir}`, async () => {
      for (const kind of COMPONENT_KINDS) await rm(this.#path(kind), { force: true });
    });
  }

  async #put(kind: AnyFileKind, content: string | Uint8Array): Promise<void> {
    await whileDoing(`put a probe into ${this.componentDir}`, async () => {
      const file = await open(this.#path(kind), 'wx', 0o644);
      try {
        // Past any umask: the Wassette may run as another user.
        await file.chmod(0o644);
        await file.writeFile(content);
      } finally {
        await file.close();
      }
    });
  }

  #path(kind: AnyFileKind): string {
    return path.join(this.componentDir, fileName(this.id, kind));
  }
}

/** Removes what a killed run left; only while the directory is locked. @throws StoreError */
export async function removeOldProbes(componentDir: string): Promise<void> {
  await whileDoing(`look for old probes in ${componentDir}`, async () => {
    for (const name of await readdir(componentDir)) {
      const file = parseFileName(name);
      if (file !== null && isProbe(file.id)) await rm(path.join(componentDir, name), { force: true });
    }
  });
}
