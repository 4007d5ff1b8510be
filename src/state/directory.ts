// The paths in our own directory: the only file that knows where things are in it.
import path from 'node:path';
import { sha256Hex } from '../codec/digest.ts';

/** The paths in our directory, for imports into one component directory. Nothing of it need exist. */
export interface StateDirectory {
  /** All of it. */
  root: string;
  componentDir: string;
  /** Plans that wait for an approval. */
  plans: string;
  /** What the operator has said about plans that wait for the operator. */
  approvals: string;
  /** Which plans are being applied, and by which process. */
  applying: string;
  /** Where code was loaded from, by the hash of the code. */
  origins: string;
  /** Who had signed what was imported by a name, by the hash of the name. */
  signers: string;
  /** Who asked for what, and what came of it. */
  audit: string;
  /** The lock of whoever changes what cannot be changed by two at once in a registry. */
  registries: string;
  /** A folder for each component directory. */
  hosts: string;
  /** What is kept about imports into `componentDir`. */
  host: string;
  /** The import into `componentDir` that is committed and not finished. */
  journal: string;
  /** Hashes of the files in `componentDir` that exports have read. */
  hashes: string;
  /** When approvals in writing stop to count for `componentDir`. */
  approvalTimes: string;
  /** The imports into `componentDir` that can be taken back. */
  undo: string;
  /** A record for each of our processes that wraps a Wassette on `componentDir`. */
  running: string;
  /** Where such processes can be reached. */
  sockets: string;
  /** Native code that Wassette made when it tried code which was to be imported. */
  native: string;
  /** Where code is tried and fetched: in the temporary directory a component could exchange it meanwhile. */
  scratch: string;
}

/** @param locations real paths, because a folder is named after the path of `componentDir` */
export function stateDirectory(locations: { stateDir: string; componentDir: string }): StateDirectory {
  const { stateDir: root, componentDir } = locations;
  const hosts = path.join(root, 'hosts');
  const host = path.join(hosts, sha256Hex(componentDir).slice(0, 32));
  return {
    root,
    componentDir,
    plans: path.join(root, 'plans'),
    approvals: path.join(root, 'approvals'),
    applying: path.join(root, 'applying'),
    origins: path.join(root, 'sources'),
    signers: path.join(root, 'signers'),
    audit: path.join(root, 'audit'),
    registries: path.join(root, 'registries'),
    hosts,
    host,
    journal: path.join(host, 'journal.json'),
    hashes: path.join(host, 'hashes.json'),
    approvalTimes: path.join(host, 'approval-times.json'),
    undo: undoIn(host),
    running: runningIn(host),
    sockets: path.join(root, 'sockets'),
    native: path.join(root, 'native'),
    scratch: path.join(root, 'scratch'),
  };
}

/** The undo records of one of the `hosts`. */
export function undoIn(host: string): string {
  return path.join(host, 'undo');
}

/** The records of processes on one of the `hosts`. */
export function runningIn(host: string): string {
  return path.join(host, 'running');
}

/** The store on this machine, which all component directories share. */
export function snapshotsIn(stateDir: string): string {
  return path.join(stateDir, 'snapshots');
}
