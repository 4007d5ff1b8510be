// What a client has for single projects, and what counts more there than the entry of its user.
import path from 'node:path';
import { quoted } from '../../../src/codec/safe-text.ts';
import { readForeignFile } from '../../../src/disk/foreign-file.ts';
import { StateError } from '../../../src/errors.ts';
import { shellQuoted } from '../../command-line.ts';
import { ENTRY_NAME, placeOf } from '../change.ts';
import type { Client, OfProjects } from '../clients.ts';
import { configText } from '../config/config-text.ts';
import { launchIn } from '../entry.ts';
import { startedBy } from '../launch.ts';

/** The entries of one project in one place. */
interface Scope {
  folder: string;
  name: 'local' | 'project';
  servers: object;
}

/**
 * A sentence for each entry of a project that takes the place of ours there, or starts a Wassette beside it.
 * @param text of the client's own file, in which projects are named
 * @param isLeaving whether ours is taken out: then those are told that stay
 */
export async function notesOnProjects(
  client: Client,
  text: string | null,
  isLeaving = false,
): Promise<string[]> {
  const { ofProjects } = client;
  if (ofProjects === undefined || text === null) return [];
  const { content } = configText(text, placeOf(client, ''));
  const projects = Object.entries(objectIn(content, ofProjects.key));
  const folders = [...new Set([...projects.map(([folder]) => folder), process.cwd()])];
  const scopes = [
    ...projects.map(
      ([folder, project]): Scope => ({
        folder,
        name: 'local',
        servers: objectIn(project, client.keys[0]!),
      }),
    ),
    ...(await Promise.all(folders.map((folder) => sharedIn(folder, client, ofProjects)))).flat(),
  ];
  const off = projects.filter(([, project]) => isSwitchedOff(project, ofProjects));
  return [
    ...scopes.flatMap((scope) => notesOn(scope, client, ofProjects, isLeaving)),
    ...(isLeaving ? [] : off).map(([folder]) => `in ${folder} it is switched off: ${ofProjects.switchOn}`),
  ];
}

/** What all who work in a folder share, if there is such a file and it can be read. */
async function sharedIn(folder: string, client: Client, { file }: OfProjects): Promise<Scope[]> {
  if (!path.isAbsolute(folder)) return [];
  const location = path.join(folder, file);
  try {
    const { text } = await readForeignFile(location);
    if (text === null) return [];
    return [{ folder, name: 'project', servers: configText(text, placeOf(client, location)).servers }];
  } catch (error) {
    if (error instanceof StateError) return [];
    throw error;
  }
}

function notesOn(
  { folder, name: scope, servers }: Scope,
  client: Client,
  { takenOutBy }: OfProjects,
  isLeaving: boolean,
): string[] {
  return Object.entries(servers).flatMap(([name, entry]) => {
    const launch = launchIn(entry, client.shape);
    const starts = launch === null ? 'something else' : startedBy(launch);
    const there = `in ${folder} ${client.name} has an entry ${quoted(name)} of its own`;
    const way = `to take it out, in that folder: ${takenOutBy(shellQuoted(name), scope)}`;
    if (isLeaving) return starts === 'us' ? [`${there}, which still starts us; ${way}`] : [];
    const counts = `counts there instead of ours${scope === 'project' ? ' once it is approved' : ''}`;
    if (name === ENTRY_NAME && starts !== 'us') return [`${there}, which ${counts}; ${way}`];
    return starts === 'wassette'
      ? [`${there}, which starts a Wassette that nobody tells what an import changes; ${way}`]
      : [];
  });
}

function isSwitchedOff(project: unknown, { off }: OfProjects): boolean {
  const names = (project as Record<string, unknown> | null)?.[off];
  return Array.isArray(names) && names.includes(ENTRY_NAME);
}

function objectIn(value: unknown, key: string): object {
  const inner = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : null;
  return typeof inner === 'object' && inner !== null ? inner : {};
}
