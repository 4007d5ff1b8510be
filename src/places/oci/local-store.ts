// The store on this machine: what `sha256:…` and plain names refer to.
import { snapshotsIn } from '../../state/directory.ts';
import { FileDriver } from './drivers/file.ts';
import { OciLayout } from './layout.ts';

export type LocalStore = OciLayout;

/** The store under `stateDir`. Opening it touches nothing; it is made by the first write. */
export function openLocalStore(stateDir: string): LocalStore {
  return new OciLayout(new FileDriver(snapshotsIn(stateDir), { stateDir }));
}
