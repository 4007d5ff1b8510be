// What a failure's remedy is called where it is read: by a person at a command line, or by an agent.
import path from 'node:path';
import type { Remedy, StateError } from '../src/errors.ts';
import { commandLine, type HostFlags, sameCommand } from './command-line.ts';

/** A command that names more than these cannot be read. */
const MOST_NAMED = 50;

export type Reader = Person | Agent;

export interface Person {
  kind: 'person';
  host: HostFlags;
  /** The arguments of the program. */
  args: readonly string[];
}

export interface Agent {
  kind: 'agent';
  host: HostFlags;
  tool: string;
  /** The snapshot it spoke of, if any. */
  snapshot?: string | undefined;
}

export interface Advice {
  says: string;
  /** What can be pasted into a terminal. */
  command?: string;
}

/** Everything to do, in order: what holds for everybody, then what exists here. */
export function adviceFor({ hint, remedy }: Pick<StateError, 'hint' | 'remedy'>, reader: Reader): Advice[] {
  const first = hint === undefined ? [] : [{ says: hint }];
  if (remedy === undefined) return first;
  return [...first, ...(reader.kind === 'person' ? forPerson(remedy, reader) : forAgent(remedy, reader))];
}

/** The same as one text. */
export function hintFor(error: Pick<StateError, 'hint' | 'remedy'>, reader: Reader): string | undefined {
  const advice = adviceFor(error, reader);
  if (advice.length === 0) return undefined;
  return advice.map(({ says, command }) => (command === undefined ? says : `${says}: ${command}`)).join('; ');
}

function forPerson(remedy: Remedy, { host, args }: Person): Advice[] {
  const command = (...words: string[]) => commandLine(words, host);
  const abandon = { says: 'to give it up', command: command('recover', '--abandon') };
  switch (remedy.do) {
    case 'recover': {
      const stateDir = remedy.stateDir ?? host.stateDir;
      return [{ says: 'then', command: commandLine(['recover'], { ...host, stateDir }) }];
    }
    case 'abandon':
      return [abandon];
    case 'recover-or-abandon':
      return [{ says: 'to finish it', command: command('recover') }, abandon];
    case 'undo':
      return [{ says: 'to take it back', command: command('undo') }];
    case 'plan-again':
      return [
        {
          says: 'a new plan',
          command: sameCommand(args, { without: ['--approve'], plus: ['--dry-run'] }),
        },
      ];
    case 'approve': {
      const plus = ['--approve', remedy.digest];
      return [
        { says: 'to apply exactly this plan, within an hour', command: sameCommand(args, { plus }) },
        { says: 'or with --yes, without a review' },
      ];
    }
    case 'leave-out':
      return leftOut(remedy.others, args);
    case 'take-grant':
      return [
        {
          says: 'or, if you know what for, take it by name',
          command: sameCommand(args, { without: ['--approve'], plus: ['--allow-grant', remedy.grant] }),
        },
      ];
    case 'override-running':
      return [{ says: 'or overrule this with --force' }];
    case 'fetch-code':
      return [
        { says: 'an agent can fetch the code through a server started with', command: wrapping(host) },
        { says: 'where a component came from is told with export --source ID=URI' },
      ];
    case 'carry-code':
      return [
        {
          says: 'where the code is, this writes a file with it',
          command: 'wassette-state export --output tools.json --include-binaries',
        },
      ];
    case 'name-directories':
      return [{ says: 'options that name directories: --component-dir, --secrets-dir, --state-dir' }];
    case 'find-components':
      return [{ says: '--component-dir names another directory, and --allow-empty exports an empty state' }];
    case 'allow-remote':
      return [{ says: 'or allow another machine with --allow-remote' }];
    case 'allow-dir':
      return [];
    case 'import-in-terminal':
      return [{ says: 'name some of them with --components' }];
  }
}

function forAgent(remedy: Remedy, { host, tool, snapshot }: Agent): Advice[] {
  const command = (...words: string[]) => commandLine(words, host);
  const abandon = { says: 'or to give it up', command: command('recover', '--abandon') };
  switch (remedy.do) {
    case 'recover': {
      const stateDir = remedy.stateDir ?? host.stateDir;
      return [
        {
          says: 'then the user runs in a terminal',
          command: commandLine(['recover'], { ...host, stateDir }),
        },
      ];
    }
    case 'abandon':
      return [{ ...abandon, says: 'to give it up, the user runs in a terminal' }];
    case 'recover-or-abandon':
      return [{ says: 'to finish it, the user runs in a terminal', command: command('recover') }, abandon];
    case 'undo':
      return [{ says: 'to take it back, the user runs in a terminal', command: command('undo') }];
    case 'plan-again':
      return [{ says: 'call import_state without `approve` and `accept` to get the plan again' }];
    case 'approve':
      return [];
    case 'leave-out': {
      const { others } = remedy;
      if (others === undefined) return [{ says: 'component_ids names the components to take' }];
      if (others.length === 0) return [];
      const ids = others.length > MOST_NAMED ? '' : `: ${JSON.stringify([...others])}`;
      return [{ says: `or call ${tool} with the others in component_ids${ids}` }];
    }
    case 'take-grant':
      return [{ says: 'component_ids names the components to take' }];
    case 'import-in-terminal': {
      const says = 'with component_ids; or the user imports all of it in a terminal';
      return [snapshot === undefined ? { says } : { says, command: command('import', absolute(snapshot)) }];
    }
    case 'carry-code':
      return [
        {
          says: 'the agent that has the code calls export_state with {"destination":"tools.json","include_binaries":true}',
        },
      ];
    case 'fetch-code':
      return [{ says: 'the operator can start this server around Wassette, which it then asks' }];
    case 'name-directories':
      return [{ says: 'the operator names the directories when starting this server' }];
    case 'find-components':
      return [{ says: 'the operator chooses that directory when starting this server' }];
    case 'override-running':
      return [{ says: 'or the operator starts this server around Wassette, which it then tells' }];
    case 'allow-remote':
      return [{ says: 'only the operator can allow another machine' }];
    case 'allow-dir':
      return [{ says: 'or ask the operator to start this server with --allow-dir' }];
  }
}

/** A file's name means the same in another directory. */
function absolute(reference: string): string {
  return /[/\\]|\.(json|ya?ml)$/i.test(reference) ? path.resolve(reference) : reference;
}

function leftOut(others: readonly string[] | undefined, args: readonly string[]): Advice[] {
  if (others === undefined || others.length > MOST_NAMED)
    return [{ says: '--components names the components to take' }];
  if (others.length === 0) return [];
  if (args.some((argument) => /^--components(=|$)/.test(argument)))
    return [{ says: 'or leave it out of --components' }];
  return [
    { says: 'to export the others only', command: sameCommand(args, { plus: ['--components', ...others] }) },
  ];
}

/** The directory is given to Wassette; our server follows it there. */
function wrapping({ componentDir, stateDir }: HostFlags): string {
  const ours = commandLine(['serve'], { stateDir });
  const theirs = commandLine(['run'], { componentDir }).replace(/^wassette-state /, 'wassette ');
  return `${ours} -- ${theirs}`;
}
