// What `doctor` found, as text for a person and as JSON.
import path from 'node:path';
import { counted } from '../../src/codec/enumeration.ts';
import { safeText } from '../../src/codec/safe-text.ts';
import { showsProcesses } from '../../src/wassette/live/wassette-processes.ts';
import { realPathAsFarAsItExists } from '../../src/wassette/locations.ts';
import { print, styled, tell, warn, wrapped } from '../cli/terminal.ts';
import { shellQuoted } from '../command-line.ts';
import { type Advice, adviceFor, hintFor, type Reader } from '../remedies.ts';
import type { ClientEntry } from './client-entries.ts';
import type { Examination, ExaminedDirectory, OpenWindow, RunningWassette } from './examination.ts';

const SHOWN_LENGTH = 4_096;

export function printExamination(found: Examination, reader: Reader): void {
  printDirectories(found);
  printPolicy(found);
  printClients(found);
  printWassette(found);
  for (const note of found.notes) warn(wrapped('note: ', note));
  tell('');
  for (const problem of found.problems) {
    print(wrapped(styled('problem: ', 'yellow'), `${problem.message} [${problem.code}]`));
    printAdvice(adviceFor(problem, reader));
  }
  const { length } = found.problems;
  print(
    length === 0
      ? styled('A handoff works here.', 'green')
      : `A handoff does not work here: ${counted(length, 'problem')}.`,
  );
}

function printDirectories({ directories, components, isUnfinished }: Examination): void {
  if (directories === null) return;
  tell(styled('Directories', 'bold'));
  for (const [name, directory] of Object.entries(LABELS)) {
    const chosen = directories[directory];
    tell(`  ${name.padEnd(12)}${safeText(path.resolve(chosen.path), SHOWN_LENGTH)}`);
    tell(`  ${''.padEnd(12)}${REASONS[directory][chosen.by]}`);
  }
  if (components !== null) tell(wrapped('  ', `${counted(components, 'component')} can be handed on.`));
  tell(wrapped('  ', isUnfinished ? 'An import was interrupted.' : 'No import is unfinished.'));
}

const LABELS = { components: 'componentDir', secrets: 'secretsDir', state: 'stateDir' } as const;

type Reasons = Record<ExaminedDirectory['by'], string>;
const REASONS: Record<(typeof LABELS)[keyof typeof LABELS], Reasons> = {
  componentDir: reasons('--component-dir', 'WASSETTE_COMPONENT_DIR', 'component_dir'),
  secretsDir: reasons('--secrets-dir', 'WASSETTE_SECRETS_DIR', 'secrets_dir'),
  stateDir: reasons('--state-dir', '', ''),
};

function reasons(flag: string, variable: string, key: string): Reasons {
  return {
    flag: `by ${flag}`,
    environment: `by the variable ${variable}`,
    config: `by ${key} in Wassette's config.toml`,
    default: 'by default',
    clients: 'by what the clients start',
  };
}

function printPolicy({ policy }: Examination): void {
  tell(styled('Operator policy', 'bold'));
  tell(policy === null ? '  none: no import is capped' : `  ${safeText(policy, SHOWN_LENGTH)}`);
}

function printClients({ clients, directories, policy: found }: Examination): void {
  tell(styled('Clients', 'bold'));
  if (clients.length === 0) tell('  none is set up');
  for (const { client, file, isOurs, wassette, policy, options, directories: theirs } of clients) {
    tell(`  ${client.name.padEnd(16)}${safeText(file, SHOWN_LENGTH)}`);
    const how = isOurs ? '' : 'without wassette-state: ';
    if (policy !== null && policy !== found) tell(`${' '.repeat(18)}under ${safeText(policy, SHOWN_LENGTH)}`);
    if (wassette !== null) tell(wrapped(' '.repeat(18), `${how}${wassetteInWords(wassette)}`));
    if (options.length > 0)
      tell(wrapped(' '.repeat(18), `with ${safeText(options.map(shellQuoted).join(' '), SHOWN_LENGTH)}`));
    if (theirs === null) continue;
    const isHere =
      directories !== null && theirs.componentDir === realPathAsFarAsItExists(directories.componentDir.path);
    if (!isHere) tell(wrapped(' '.repeat(18), `on ${safeText(theirs.componentDir, SHOWN_LENGTH)}`));
  }
}

function wassetteInWords(wassette: NonNullable<ClientEntry['wassette']>): string {
  if (wassette.kind === 'found')
    return `Wassette ${wassette.version.text}, ${safeText(wassette.file, SHOWN_LENGTH)}`;
  return wassette.kind === 'missing'
    ? 'its Wassette was not found'
    : `not Wassette: ${safeText(wassette.file, SHOWN_LENGTH)}`;
}

function printWassette({ wassette, advisories, running, windows }: Examination): void {
  tell(styled('Wassette', 'bold'));
  if (wassette.kind === 'found') {
    tell(wrapped('  ', `version ${wassette.version.text}`));
    tell(`  ${safeText(wassette.file, SHOWN_LENGTH)}`);
  } else
    tell(
      wassette.kind === 'missing'
        ? '  not found'
        : `  not Wassette: ${safeText(wassette.file, SHOWN_LENGTH)}`,
    );
  for (const { id, what, fixed_in } of advisories)
    warn(wrapped('  warning: ', `${what} (${id}); fixed in Wassette ${fixed_in}`));
  tell(wrapped('  ', runs(running)));
  for (const { pid, command } of running)
    tell(wrapped(`    process ${pid}: `, safeText(command, SHOWN_LENGTH)));
  for (const window of windows) tell(wrapped('  ', windowInWords(window)));
}

function windowInWords({ pid, version, fences, isTold }: OpenWindow): string {
  const flags = [
    fences.read_only ? ' --read-only' : '',
    fences.never_widen ? ' --never-widen' : '',
    fences.approval === undefined ? '' : ` --approval ${fences.approval}`,
  ].join('');
  const which = version === null ? 'a Wassette of unknown version' : `Wassette ${version.text}`;
  const limits = flags === '' ? 'without --read-only and --never-widen' : `with${flags}`;
  return `Process ${pid} wraps ${which}, ${limits}, and ${isTold ? 'is' : 'cannot be'} told what changes.`;
}

function runs(running: readonly RunningWassette[]): string {
  if (running.length > 0) return `${running.length} running on these components:`;
  return showsProcesses()
    ? 'None is running on these components.'
    : 'Whether one is running on these components cannot be seen on this system.';
}

function printAdvice(advice: readonly Advice[]): void {
  for (const { says, command } of advice) {
    print(wrapped('  hint: ', command === undefined ? says : `${says}:`));
    if (command !== undefined) print(`    ${command}`);
  }
}

export function examinationAsJson(found: Examination, reader: Reader): object {
  const { directories, policy, clients, wassette, advisories, running, windows, components } = found;
  const { isUnfinished, problems, notes } = found;
  return {
    works: problems.length === 0,
    component_dir: directories && chosenAsJson(directories.componentDir),
    secrets_dir: directories && chosenAsJson(directories.secretsDir),
    state_dir: directories && chosenAsJson(directories.stateDir),
    operator_policy: policy,
    clients: clients.map(
      ({ client, file, isOurs, wassette, policy: theirs, options, directories: there }) => ({
        client: client.id,
        file,
        wrapped: isOurs,
        wassette: wassetteAsJson(wassette),
        component_dir: there?.componentDir ?? null,
        operator_policy: theirs,
        options,
      }),
    ),
    wassette: wassetteAsJson(wassette),
    advisories,
    processes_visible: showsProcesses(),
    running,
    windows: windows.map(({ pid, version, fences }) => ({
      pid,
      wassette_version: version?.text ?? null,
      ...fences,
    })),
    components,
    unfinished: isUnfinished,
    problems: problems.map((problem) => {
      const hint = hintFor(problem, reader);
      return { ...problem.toJSON(), ...(hint === undefined ? {} : { hint }) };
    }),
    notes,
  };
}

function wassetteAsJson(wassette: ClientEntry['wassette']): object | null {
  return wassette?.kind === 'found' ? { program: wassette.file, version: wassette.version.text } : null;
}

function chosenAsJson({ path: location, by }: ExaminedDirectory): object {
  return { path: path.resolve(location), by };
}
