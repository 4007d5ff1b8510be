// Looks at everything that a handoff needs on this host, and changes nothing. What would refuse one is found by running
// the very checks that refuse it, so that what is said here is what an agent would be told.

import { assertWritable } from '../../src/disk/access.ts';
import { StateError, StoreError } from '../../src/errors.ts';
import { type Advisory, advisoriesFor } from '../../src/policy/wassette-advisories.ts';
import type { WassetteVersion } from '../../src/policy/wassette-versions.ts';
import { documentOfHost } from '../../src/site/export/host-document.ts';
import { readOperatorPolicy } from '../../src/site/operator-policy/file.ts';
import { type CommonOptions, openSite, type Site } from '../../src/site/site.ts';
import type { StateDirectory } from '../../src/state/directory.ts';
import { liveComponents } from '../../src/wassette/live/answers.ts';
import { findWassette, type InstalledWassette } from '../../src/wassette/live/program/installed.ts';
import { type Introduction, versionIn } from '../../src/wassette/live/registry/introduction.ts';
import { findNeighbours } from '../../src/wassette/live/registry/neighbours.ts';
import { findRunningWassettes, startOf } from '../../src/wassette/live/wassette-processes.ts';
import {
  type ChosenDirectory,
  type ChosenLocations,
  chooseLocations,
  environmentForWrapped,
  type LocationFlags,
} from '../../src/wassette/locations.ts';
import type { Machine } from '../install/clients.ts';
import { assertInstalled } from '../installed-wassette.ts';
import { WHAT_A_TERMINAL_PROVES } from '../operator-approval.ts';
import { notesOnApprovers } from './approvers.ts';
import {
  agreedDirectories,
  type ClientEntry,
  clientEntries,
  type Directories,
  elsewhere,
} from './client-entries.ts';

export interface Examination {
  /** Null where Wassette's configuration cannot be read. */
  directories: ExaminedDirectories | null;
  /** The clients that are set up to start a Wassette. */
  clients: readonly ClientEntry[];
  wassette: InstalledWassette;
  /** Published holes in the sandbox of the Wassette that is installed, or of one that runs in a window. */
  advisories: readonly Advisory[];
  running: readonly RunningWassette[];
  windows: readonly OpenWindow[];
  /** How many components could be handed on; null where that cannot be said. */
  components: number | null;
  /** Whether an import was interrupted. */
  isUnfinished: boolean;
  /** The file of the operator's policy that binds an import here; null without one, or where it cannot be read. */
  policy: string | null;
  /** Each of them refuses an export or an import. */
  problems: readonly StateError[];
  /** What does not refuse anything, but should be known. */
  notes: readonly string[];
}

/** Each with what said so: a person, the system, or what the clients start. */
type ExaminedDirectories = Record<keyof ChosenLocations, ExaminedDirectory>;
export interface ExaminedDirectory {
  path: string;
  by: ChosenDirectory['by'] | 'clients';
}

/** A Wassette that the system shows to work on these components. */
export interface RunningWassette {
  pid: number;
  /** How it was started, without values. */
  command: string;
}

/** A process of ours that wraps a Wassette on these components, and answers. */
export interface OpenWindow {
  pid: number;
  /** Of its Wassette; null when unknown. */
  version: WassetteVersion | null;
  /** What the agent of this window may not do. */
  fences: Introduction['fences'];
  /** Whether it is told what changes. */
  isTold: boolean;
}

/**
 * @param program the Wassette that is to be used; the one on the path when it is left out, or else one that a client starts
 */
export async function examine(
  options: CommonOptions,
  machine: Machine,
  program?: string,
): Promise<Examination> {
  const findings = new Findings();
  const clients = await clientEntries(machine);
  findings.notes.push(...clients.notes);
  findings.problems.push(...clients.problems);
  const wassette = await wassetteHere(clients.entries, program);
  const chosen = await findings.unlessRefused(() => chooseLocations(options));
  const agreed = chosen === null ? {} : agreedDirectories(clients.entries, chosen);
  const examined = { ...options, ...agreed };
  const site = chosen && (await findings.unlessRefused(() => openSite(examined)));
  if (site !== null) findings.notes.push(...elsewhere(clients.entries, site.host.componentDir));
  const seen = site === null ? NOTHING_SEEN : await look(site, examined, findings);
  const waiting = [
    ...clients.entries.filter(({ waitsForOperator }) => waitsForOperator),
    ...seen.windows.filter(({ fences }) => fences.approval === 'operator'),
  ];
  if (waiting.length > 0)
    findings.notes.push(
      `imports wait for the operator here (--approval operator); ${WHAT_A_TERMINAL_PROVES}`,
    );
  const policy = await findings.unlessRefused(() => readOperatorPolicy(examined));
  if (site !== null)
    findings.notes.push(...((await findings.unlessRefused(() => notesOnApprovers(site.host, policy))) ?? []));
  // One that runs was started somehow, even if it is not found.
  if (seen.running.length === 0 && seen.windows.length === 0)
    await findings.unlessRefused(async () => assertInstalled(wassette, program));
  return {
    ...seen,
    directories: chosen && { ...chosen, ...byClients(agreed) },
    clients: clients.entries,
    wassette,
    advisories: advisoriesOn([
      ...[wassette, ...clients.entries.map((entry) => entry.wassette)].map((found) =>
        found?.kind === 'found' ? found.version : null,
      ),
      ...seen.windows.map(({ version }) => version),
    ]),
    policy: policy?.file ?? null,
    problems: findings.problems,
    notes: findings.notes,
  };
}

async function wassetteHere(
  entries: readonly ClientEntry[],
  program: string | undefined,
): Promise<InstalledWassette> {
  const found = await findWassette(environmentForWrapped(), program);
  if (program !== undefined || found.kind === 'found') return found;
  return entries.map(({ wassette }) => wassette).find((theirs) => theirs?.kind === 'found') ?? found;
}

function byClients(agreed: Partial<Directories>): Partial<ExaminedDirectories> {
  return Object.fromEntries(
    Object.entries(agreed).map(([name, path]): [string, ExaminedDirectory] => [
      name,
      { path, by: 'clients' },
    ]),
  );
}

/** The flags that have a command in a terminal act where this looked because of the clients. */
export function directoriesOfClients({ directories }: Examination): LocationFlags {
  const chosen = Object.entries(directories ?? {}).filter(([, { by }]) => by === 'clients');
  return Object.fromEntries(chosen.map(([name, { path }]) => [name, path]));
}

type Seen = Pick<Examination, 'running' | 'windows' | 'components' | 'isUnfinished'>;
const NOTHING_SEEN: Seen = { running: [], windows: [], components: null, isUnfinished: false };

async function look({ host }: Site, options: CommonOptions, findings: Findings): Promise<Seen> {
  const { components, componentDir, state } = host;
  const remarks = await findings.unlessRefused(async () => {
    // A look at the disk goes on without an answer, and an import does not.
    if (options.live !== undefined) await liveComponents(options.live, options.signal);
    return components.remarks(options.signal);
  });
  findings.notes.push(...(remarks ?? []));
  await findings.unlessRefused(async () => {
    components.assertChangeable();
    await components.assertIdle();
  });
  for (const directory of [componentDir, state.root])
    await findings.unlessRefused(() => assertWritable(directory));
  const isUnfinished = await findings.unlessRefused(() => components.isUnfinished());
  if (isUnfinished === true) findings.problems.push(interrupted(componentDir));
  const exported = await findings.unlessRefused(() => documentOfHost(host, { ...options, allowEmpty: true }));
  findings.notes.push(...(exported?.notes ?? []));
  if (!host.exists())
    findings.notes.push('the component directory does not exist yet: an import, or Wassette, makes it');
  const running = await findRunningWassettes(componentDir);
  return {
    running: running.map((pid) => ({ pid, command: startOf(pid) })),
    windows: await windowsOn(state),
    components: exported?.document.tree.components.length ?? null,
    isUnfinished: isUnfinished ?? false,
  };
}

async function windowsOn(state: StateDirectory): Promise<OpenWindow[]> {
  const neighbours = await findNeighbours(state);
  for (const { close } of neighbours) close();
  return neighbours.map(({ process: pid, introduction }) => ({
    pid,
    version: versionIn(introduction),
    fences: introduction.fences,
    isTold: introduction.is_open && introduction.has_own_tools,
  }));
}

/** Each of them once. */
function advisoriesOn(versions: readonly (WassetteVersion | null)[]): Advisory[] {
  const found = versions.flatMap((version) => (version === null ? [] : advisoriesFor(version)));
  return [...new Map(found.map((advisory) => [advisory.id, advisory])).values()];
}

function interrupted(componentDir: string): StoreError {
  return new StoreError('STORE_INTERRUPTED', `an import into ${componentDir} was interrupted`, {
    hint: 'the next export or import finishes it, too',
    remedy: { do: 'recover-or-abandon' },
  });
}

/** Collects what refuses a handoff, instead of stopping at the first. */
class Findings {
  readonly problems: StateError[] = [];
  readonly notes: string[] = [];

  async unlessRefused<T>(check: () => Promise<T>): Promise<T | null> {
    try {
      return await check();
    } catch (error) {
      if (!(error instanceof StateError)) throw error;
      this.problems.push(error);
      return null;
    }
  }
}
