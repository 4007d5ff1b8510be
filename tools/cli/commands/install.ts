// `wassette-state install`: sets up MCP clients to start this server around Wassette, and tries what was written.
import path from 'node:path';
import { counted } from '../../../src/codec/enumeration.ts';
import { safeText } from '../../../src/codec/safe-text.ts';
import { PolicyError, StateError, UsageError } from '../../../src/errors.ts';
import { resolveLocations } from '../../../src/wassette/locations.ts';
import type { ChangeAction } from '../../install/change.ts';
import type { Machine } from '../../install/clients.ts';
import { launchWritten, writeChange } from '../../install/config/config-file.ts';
import { entryDiff } from '../../install/entry-diff.ts';
import type { Health } from '../../install/health-check.ts';
import { type Installation, keyOf, type Planned, planInstallation } from '../../install/installation.ts';
import { isLeftToClient, type Launch } from '../../install/launch.ts';
import { thisMachine } from '../../install/machine.ts';
import type { InstallFlags } from '../../install/setup.ts';
import { FailedAnswer } from '../failed-answer.ts';
import { refuseUnused } from '../options/unused.ts';
import { canAsk, confirm, Unasked } from '../question.ts';
import { interruptSignal, print, printJson, styled, tell, warn, wrapped } from '../terminal.ts';
import { IMPORTING, INSTALL_FLAGS, LOCATION_FLAGS, valueName } from './flags.ts';

export interface InstallCommandOptions extends InstallFlags {
  dryRun?: boolean;
  yes?: boolean;
  json?: boolean;
}

/** @param names ids of clients; none for those that are found here */
export async function runInstall(names: readonly string[], options: InstallCommandOptions): Promise<void> {
  refuseContradictions(options);
  const signal = interruptSignal();
  const machine = thisMachine();
  const plan = await planInstallation(names, options, machine);
  if (!options.json) printPlan(plan, machine);
  const changes = plan.planned.filter(({ change }) => change.action !== 'none');
  if (options.dryRun) return finish(plan, options, [], 'Nothing was written.');
  if (changes.length > 0) {
    await assertWanted(plan, options, signal);
    await write(changes, plan, options);
  }
  if (options.uninstall)
    return finish(plan, options, [], changes.length > 0 ? 'Done.' : 'There is nothing to take out.');
  const health = await checkAll(plan, options, signal);
  finish(plan, options, health, nextStep(changes));
}

/** @throws FailedAnswer with what was written before it, where a document is asked for */
async function write(
  changes: readonly Planned[],
  plan: Installation,
  { json }: InstallCommandOptions,
): Promise<void> {
  const lock = path.join((await resolveLocations({})).stateDir, 'install');
  const written: string[] = [];
  for (const { wish, change } of changes) {
    try {
      await writeChange(wish, change, lock);
    } catch (error) {
      if (!json || !(error instanceof StateError)) throw error;
      throw new FailedAnswer({ ...shownPlan(plan), written }, error);
    }
    written.push(wish.file);
    if (!json) tell(`Written: ${safeText(wish.file, 4_096)}`);
  }
  if (!json) tell('');
}

async function assertWanted(
  plan: Installation,
  options: InstallCommandOptions,
  signal: AbortSignal,
): Promise<void> {
  if (options.yes) return;
  if (!canAsk(options)) {
    const hint = 'look at the change, and repeat the command with --yes';
    throw new Unasked(shownPlan(plan), options, { hint });
  }
  if (await confirm('Write this?', signal)) return;
  throw new PolicyError('POLICY_DECLINED', 'you did not agree, so nothing was written', {
    hint: 'repeat this with other options, or leave it',
  });
}

/** Each command that was written, once: clients that start the same in the same way share a check. */
async function checkAll(
  { planned }: Installation,
  options: InstallCommandOptions,
  signal: AbortSignal,
): Promise<Health[]> {
  const { checkHealth } = await import('../../install/health-check.ts');
  const checks = new Map<string, [launch: Launch, isDesktop: boolean]>();
  for (const { wish } of planned) {
    const launch = await launchWritten(wish);
    const isDesktop = !wish.client.startsInProject;
    if (launch !== null && !isLeftToClient(launch))
      checks.set(JSON.stringify([launch, isDesktop]), [launch, isDesktop]);
  }
  const checked: Health[] = [];
  for (const [launch, isDesktop] of checks.values()) {
    if (!options.json) tell('Starting it as a client does...');
    const health = await checkHealth(launch, { isDesktop, signal });
    checked.push(health);
    if (!options.json)
      print(wrapped('It answers: ', `${counted(health.tools.length, 'tool')}, Wassette's and ours.`));
  }
  return checked;
}

const SAYS: Record<ChangeAction, string> = {
  add: 'is new',
  change: 'changes',
  remove: 'goes',
  none: 'is as it should be: there is nothing to do',
};

function printPlan({ planned, leftOut }: Installation, machine: Machine): void {
  for (const each of planned) printPlanned(each, machine);
  for (const { client, error } of leftOut)
    warn(wrapped('note: ', `${client.name} is left out: ${error.message}`));
  if (leftOut.length > 0) print('');
}

function printPlanned({ wish: { client, file, launch }, change, notes }: Planned, { home }: Machine): void {
  print(styled(client.name, 'bold'));
  const says = launch === null && change.action === 'none' ? 'is not there' : SAYS[change.action];
  const shownFile = file.startsWith(`${home}${path.sep}`) ? `~${file.slice(home.length)}` : file;
  print(wrapped('  ', `${safeText(shownFile, 4_096)}: ${keyOf(client)} ${says}`));
  if (change.action !== 'none') {
    for (const { mark, text } of entryDiff(client, change.before, change.after)) {
      const line = wrapped(`  ${mark} `, text);
      print(mark === ' ' ? line : styled(line, mark === '+' ? 'green' : 'red'));
    }
  }
  for (const note of notes) warn(wrapped('  note: ', note));
  print('');
}

function nextStep(changes: readonly Planned[]): string {
  const names = changes.map(({ wish }) => wish.client.name);
  if (names.length === 0) return 'Ask the agent what tools it has.';
  return `Start ${names.join(', ')} anew. Then ask the agent what tools it has.`;
}

/** @throws FailedAnswer where a client was left out: what was asked for is not done */
function finish(
  plan: Installation,
  { json }: InstallCommandOptions,
  health: readonly Health[],
  says: string,
): void {
  const [first] = plan.leftOut;
  const answer = { ...shownPlan(plan), checked: health.map(({ tools }) => ({ tools })) };
  if (!json) tell(wrapped('', says));
  else if (first === undefined) printJson(answer);
  if (first !== undefined) throw new FailedAnswer(answer, first.error);
}

function shownPlan({ planned, leftOut }: Installation): object {
  return {
    clients: planned.map(({ wish: { client, file }, change: { action, after }, notes }) => ({
      client: client.id,
      file,
      key: keyOf(client),
      action,
      entry: after ?? null,
      notes,
    })),
    left_out: leftOut.map(({ client, error }) => ({ client: client.id, error: error.toJSON() })),
  };
}

function refuseContradictions(options: InstallCommandOptions): void {
  const { dryRun, yes, uninstall, readOnly } = options;
  if (dryRun && yes)
    throw new UsageError('USAGE_BAD_ARGUMENT', '--dry-run and --yes contradict each other', {
      hint: 'use one of them',
    });
  if (uninstall) refuseUnused(options, OF_AN_ENTRY, 'with --uninstall, which takes the entry out');
  if (options.identity === undefined) refuseUnused(options, ['passphraseFile'], 'without --identity');
  if (readOnly) refuseUnused(options, IMPORTING, 'with --read-only, which offers no import');
}

/** What is written into an entry. */
const OF_AN_ENTRY = [
  'wassette',
  ...Object.keys({ ...INSTALL_FLAGS, ...LOCATION_FLAGS }).map(valueName),
] as (keyof InstallCommandOptions)[];
