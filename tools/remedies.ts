// Puts the remedy of a failure into words for its reader: a person at a command line, or an agent.
import type { Remedy, StateError } from '../src/errors.ts';
import { parseReference, plainReference } from '../src/places/reference.ts';
import { commandLine, type HostFlags, sameCommand } from './command-line.ts';
import { asPairs } from './text-list.ts';

/** A command that names more components than this is unreadable. */
const MOST_NAMED = 50;

/** A list of more findings is none that anybody has looked at. */
const MOST_FINDINGS = 20;

/** The commands that have --force, for a Wassette that is running. */
const FORCEABLE = ['import', 'undo'];

export type Reader = Person | Agent;

interface Person {
  kind: 'person';
  host: HostFlags;
  /** The arguments of the program. */
  args: readonly string[];
}

interface Agent {
  kind: 'agent';
  host: HostFlags;
  tool: string;
  /** The snapshot that the call named, if any. */
  snapshot?: string | undefined;
}

export interface Advice {
  says: string;
  /** A command that can be pasted into a terminal. */
  command?: string;
}

/** All advice, in order: first what applies to everybody, then what this reader can do. */
export function adviceFor({ hint, remedy }: Pick<StateError, 'hint' | 'remedy'>, reader: Reader): Advice[] {
  const first = hint === undefined ? [] : [{ says: hint }];
  if (remedy === undefined) return first;
  const words = REMEDIES[remedy.do] as Wording<Remedy>;
  const advice = reader.kind === 'person' ? words.person(reader, remedy) : words.agent(reader, remedy);
  return [...first, ...advice];
}

/** The same as one text. */
export function hintFor(error: Pick<StateError, 'hint' | 'remedy'>, reader: Reader): string | undefined {
  const advice = adviceFor(error, reader);
  if (advice.length === 0) return undefined;
  return advice.map(({ says, command }) => (command === undefined ? says : `${says}: ${command}`)).join('; ');
}

/** One remedy, for either reader. */
interface Wording<R extends Remedy> {
  person(reader: Person, remedy: R): Advice[];
  agent(reader: Agent, remedy: R): Advice[];
}

const REMEDIES: { [K in Remedy['do']]: Wording<Extract<Remedy, { do: K }>> } = {
  recover: {
    person: ({ host }, { stateDir }) => [{ says: 'then', command: recovering(host, stateDir) }],
    agent: ({ host }, { stateDir }) => [
      { says: 'then the user runs in a terminal', command: recovering(host, stateDir) },
    ],
  },
  abandon: {
    person: ({ host }) => [{ says: 'to give it up', command: abandoning(host) }],
    agent: ({ host }) => [{ says: 'to give it up, the user runs in a terminal', command: abandoning(host) }],
  },
  'recover-or-abandon': {
    person: ({ host }) => [
      { says: 'to finish it', command: recovering(host) },
      { says: 'to give it up', command: abandoning(host) },
    ],
    agent: ({ host }) => [
      { says: 'to finish it, the user runs in a terminal', command: recovering(host) },
      { says: 'or to give it up', command: abandoning(host) },
    ],
  },
  undo: {
    person: ({ host }) => [{ says: 'to take it back', command: commandLine(['undo'], host) }],
    agent: ({ host }) => [
      { says: 'to take it back, the user runs in a terminal', command: commandLine(['undo'], host) },
    ],
  },
  'plan-again': {
    person: ({ args }) =>
      args[0] === 'approve'
        ? [{ says: 'the agent has to plan the import again' }]
        : [
            {
              says: 'a new plan',
              command: sameCommand(args, { without: ['--approve'], plus: ['--dry-run'] }),
            },
          ],
    agent: says('call import_state without `approve` and `accept` to get the plan again'),
  },
  approve: {
    person: ({ args }, { digest }) => [
      {
        says: 'to apply exactly this plan, within an hour',
        command: sameCommand(args, { without: ['--approve'], plus: ['--approve', digest] }),
      },
      { says: 'or with --yes, without a review' },
    ],
    agent: () => [],
  },
  'approve-in-terminal': {
    person: ({ host }, { digest }) => [{ says: 'to review it', command: approving(host, digest) }],
    agent: ({ host }, { digest }) => [
      { says: 'the user, or another operator, runs in a terminal', command: approving(host, digest) },
      { says: 'then repeat this call' },
    ],
  },
  'leave-out': {
    person: ({ args }, { others }) => leftOutOf(args, others),
    agent: ({ tool }, { others }) => leftOutFor(tool, others),
  },
  'take-grant': {
    person: ({ args }, { grant }) => [
      {
        says: 'or, if you know why it is needed, accept it by name',
        command: sameCommand(args, { without: ['--approve'], plus: ['--allow-grant', asPairs([grant])] }),
      },
    ],
    agent: says('component_ids names the components to take'),
  },
  'import-in-terminal': {
    person: says('name some of them with --components'),
    agent({ host, snapshot }) {
      const says = 'with component_ids; or the user imports all of it in a terminal';
      if (snapshot === undefined) return [{ says }];
      return [{ says, command: commandLine(['import', anywhere(snapshot)], host) }];
    },
  },
  'override-running': {
    person: ({ args }) =>
      FORCEABLE.includes(args[0] ?? '') ? [{ says: 'or override this with --force' }] : [],
    agent: says(
      'or the operator has every Wassette here started through wassette-state, which then tells it what changes',
    ),
  },
  'fetch-code': {
    person: ({ host }) => [
      { says: 'an agent can fetch the code through a server started with', command: wrapping(host) },
      { says: 'export --source ID=URI records where a component came from' },
    ],
    agent: says('the operator can start this server around Wassette, which then fetches the code'),
  },
  'carry-code': {
    person: () => [
      {
        says: 'on the machine that has the code, this writes a file with it',
        command: commandLine(['export', '--output', 'tools.json', '--include-binaries'], {}),
      },
    ],
    agent: says(
      'the agent that has the code calls export_state with {"destination":"tools.json","include_binaries":true}',
    ),
  },
  'name-directories': {
    person: says('options that name directories: --component-dir, --secrets-dir, --state-dir'),
    agent: says('the operator names the directories when starting this server'),
  },
  'find-components': {
    person: says('--component-dir names another directory, and --allow-empty exports an empty state'),
    agent: says('the operator chooses that directory when starting this server'),
  },
  'allow-remote': {
    person: says('or allow it with --allow-remote and the beginning of its address'),
    agent: says('only the operator can allow it, by starting this server with --allow-remote'),
  },
  'accept-signer': {
    person: says('trust add accepts a signer, by a name and the public key'),
    agent: says('only the operator can accept a signer, in a terminal'),
  },
  'approve-in-writing': {
    person: says('approve --key signs one, and --approvals names it'),
    agent: says('only the operator can have one made, and put where this server looks'),
  },
  'allow-dir': {
    person: () => [],
    agent: says('or ask the operator to start this server with --allow-dir'),
  },
  'allow-finding': {
    // Not the same command with more: an argument of it may be what was found.
    person: (_reader, { ids }) => [
      { says: `or, if it is none, let it through with --allow-finding ${findingsIn(ids)}` },
    ],
    agent: (_reader, { ids }) => [
      {
        says: `or, if it is none, ask the operator to start this server with --allow-finding ${findingsIn(ids)}`,
      },
    ],
  },
};

/** The same for every reader of the kind. */
function says(text: string): () => Advice[] {
  return () => [{ says: text }];
}

function findingsIn(ids: readonly string[]): string {
  return ids.length > MOST_FINDINGS ? 'and the ids, with commas' : ids.join(',');
}

function recovering(host: HostFlags, stateDir = host.stateDir): string {
  return commandLine(['recover'], { ...host, stateDir });
}

function abandoning(host: HostFlags): string {
  return commandLine(['recover', '--abandon'], host);
}

/** The plan says which host it is for. */
export function approving({ stateDir }: HostFlags, digest: string): string {
  return commandLine(['approve', digest], { stateDir });
}

/** The component directory is given to Wassette, and our server uses the same one. */
function wrapping({ componentDir, stateDir }: HostFlags): string {
  const ours = commandLine(['serve'], { stateDir });
  const theirs = commandLine(['run'], { componentDir }).replace(/^wassette-state /, 'wassette ');
  return `${ours} -- ${theirs}`;
}

/** With an absolute path where it names a file, so that it means the same in another working directory. */
function anywhere(reference: string): string {
  return plainReference(parseReference(reference));
}

function leftOutOf(args: readonly string[], others: readonly string[] | undefined): Advice[] {
  if (others === undefined || others.length > MOST_NAMED)
    return [{ says: '--components names the components to take' }];
  if (others.length === 0) return [];
  if (args.some((argument) => /^--components(=|$)/.test(argument)))
    return [{ says: 'or leave it out of --components' }];
  return [
    {
      says: 'to export the others only',
      command: sameCommand(args, { plus: ['--components', others.join(',')] }),
    },
  ];
}

function leftOutFor(tool: string, others: readonly string[] | undefined): Advice[] {
  if (others === undefined) return [{ says: 'component_ids names the components to take' }];
  if (others.length === 0) return [];
  const ids = others.length > MOST_NAMED ? '' : `: ${JSON.stringify([...others])}`;
  return [{ says: `or call ${tool} with the others in component_ids${ids}` }];
}
