// The store on this machine: what `sha256:…` and plain names refer to.
import path from 'node:path';
import type { Limits } from '../../codec/limits.ts';
import { FileDriver } from './file-driver.ts';
import { OciLayout } from './layout.ts';

export type LocalStore = OciLayout;

/** The store under `stateDir`. Opening it touches nothing; it is made by the first write. */
export function openLocalStore(stateDir: string, options: { limits?: Limits } = {}): LocalStore {
  return new OciLayout(new FileDriver(path.join(stateDir, 'snapshots'), { stateDir }), options);
}
