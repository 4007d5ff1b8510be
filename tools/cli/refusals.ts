// What a command was refused for, in the audit log.

import type { Command } from 'commander';
import { noteRefusal } from '../../src/audit.ts';
import { passingFile } from '../../src/places/reference.ts';
import { locationsIn } from './commands/locations.ts';
import { STANDARD } from './standard-streams.ts';

/** The commands that change something, or plan to. */
const RECORDED = {
  export: 'export',
  reseal: 'export',
  copy: 'copy',
  import: 'import',
  review: 'import',
  undo: 'undo',
  recover: 'recover',
  approve: 'approval',
} as const;

export async function recordRefusal(command: Command, error: unknown): Promise<void> {
  const name = command.name();
  if (!Object.hasOwn(RECORDED, name)) return;
  const { output, approve, revoke, ...options } = command.opts();
  const event = RECORDED[name as keyof typeof RECORDED];
  const [named, to] = command.args;
  const given = output ?? (event === 'copy' ? to : named);
  const about =
    event === 'approval'
      ? { plan: named ?? revoke }
      : { reference: given === STANDARD ? passingFile(given) : given, plan: approve };
  await noteRefusal(locationsIn(options), { event, ...about }, error);
}
