// The flags of commands as data, so that the server can read its own without the parser of the whole command line: loading
// that takes longer than the rest of the start.
import { parseArgs } from 'node:util';

export interface Flag {
  /** The placeholder for the value in the help; a flag without one is on or off. */
  value?: string;
  repeatable?: boolean;
  description: string;
}

export const LOCATION_FLAGS: Record<string, Flag> = {
  'component-dir': {
    value: 'dir',
    description: "Wassette's component directory (default: as Wassette itself finds it)",
  },
  'secrets-dir': {
    value: 'dir',
    description: "Wassette's secrets directory (default: as Wassette itself finds it)",
  },
  'state-dir': { value: 'dir', description: 'where snapshots and undo records are kept' },
};

/** Of commands that do not look at all of a host's directories; an option for another one would have no effect. */
const LOOKED_AT: Record<string, readonly string[]> = {
  git: [],
  inspect: ['component-dir', 'state-dir'],
  log: ['state-dir'],
  store: ['state-dir'],
  'trust list': [],
  'trust add': ['state-dir'],
  'trust remove': ['state-dir'],
};

/** @param command its words, such as `store` and `list` */
export function locationFlagsOf(command: readonly string[]): Record<string, Flag> {
  const names = LOOKED_AT[command.join(' ')] ?? LOOKED_AT[command[0]!];
  if (names === undefined) return LOCATION_FLAGS;
  return Object.fromEntries(names.map((name) => [name, LOCATION_FLAGS[name]!]));
}

/** For a Wassette that was started elsewhere: it is compared with the directory, and told what changes. */
export const HTTP_FLAGS: Record<string, Flag> = {
  'wassette-url': {
    value: 'url',
    description:
      'the Wassette that is serving this directory, such as http://127.0.0.1:9001/mcp: it is asked whether it does, and told what changes',
  },
  'allow-remote': {
    value: 'prefix',
    repeatable: true,
    description: 'let --wassette-url be on another machine, if it begins with <prefix>; repeatable',
  },
};

/** For what fetches code that a snapshot does not carry. */
const FETCHING_FLAGS: Record<string, Flag> = {
  'allow-remote': {
    value: 'prefix',
    repeatable: true,
    description:
      'fetch code that the snapshot does not carry also from sources in your own network that begin with <prefix>, such as oci://registry.local/team, and let --wassette-url be there; repeatable',
  },
};

/** The same of what is told to no Wassette. */
export const COPY_FLAGS: Record<string, Flag> = {
  'allow-remote': {
    value: 'prefix',
    repeatable: true,
    description:
      'fetch code that the snapshot does not carry also from sources in your own network that begin with <prefix>, such as oci://registry.local/team; repeatable',
  },
};

/** For whatever imports, or says whether an import would work. */
export const POLICY_FLAGS: Record<string, Flag> = {
  policy: {
    value: 'file',
    description:
      "the operator's policy: what any import may bring at most (default: wassette-state/policy.yaml in the user's configuration, if it is there)",
  },
};

/** Whose signatures count. */
export const TRUST_FLAGS: Record<string, Flag> = {
  'allowed-signers': {
    value: 'file',
    description:
      "the signers accepted here, as OpenSSH's allowed_signers (default: wassette-state/allowed_signers in the user's configuration)",
  },
  'require-signature': {
    description: 'import only what an accepted signer has signed',
  },
};

/** Which approvals in writing count, and what this host is for them. */
const WRITING_FLAGS: Record<string, Flag> = {
  approvals: {
    value: 'path',
    description:
      'approvals in writing that count here, if their signers are accepted for wassette-state-approval: a file, or a directory with such .json files',
  },
  label: {
    value: 'labels',
    repeatable: true,
    description: 'what this host is, for --approvals: those for hosts labelled so count; comma-separated',
  },
};

/** What is other on this host than in a snapshot. */
export const OVERLAY_FLAGS: Record<string, Flag> = {
  'map-dir': {
    value: 'from=to',
    repeatable: true,
    description: 'a directory of its policies is another one here, with all below it; repeatable',
  },
  without: {
    value: 'id:entry',
    repeatable: true,
    description: 'leave this host, directory or variable out of the policy of a component; repeatable',
  },
  overlay: { value: 'file', description: 'a file that says both, as overlay.schema.json has it' },
};

export const IMPORT_FLAGS: Record<string, Flag> = {
  ...OVERLAY_FLAGS,
  ...POLICY_FLAGS,
  ...TRUST_FLAGS,
  ...HTTP_FLAGS,
  ...FETCHING_FLAGS,
  ...WRITING_FLAGS,
};

/** Of `policy explain`. */
export const EXPLAIN_FLAGS: Record<string, Flag> = {
  ...OVERLAY_FLAGS,
  ...POLICY_FLAGS,
  'allowed-signers': TRUST_FLAGS['allowed-signers']!,
  ...HTTP_FLAGS,
};

export const SERVE_FLAGS: Record<string, Flag> = {
  'allow-dir': {
    value: 'dir',
    repeatable: true,
    description: 'let agents read and write snapshot files below <dir>; repeatable',
  },
  'read-only': {
    description:
      'offer nothing that changes this host: neither import_state nor such a tool of a wrapped Wassette',
  },
  recipient: {
    value: 'key',
    repeatable: true,
    description: 'let agents export secrets, sealed for this age recipient or those in this file; repeatable',
  },
  identity: {
    value: 'file',
    repeatable: true,
    description: 'let agents import sealed secrets, opened with this age identity; repeatable',
  },
  'passphrase-file': { value: 'file', description: 'the passphrase of --identity' },
  'never-widen': {
    description:
      'never allow more than before: refuse an import that would, and offer no tool of a wrapped Wassette that could',
  },
  approval: {
    value: 'who',
    description:
      'who approves an import: ask = the person at the client (default), operator = whoever runs wassette-state approve in a terminal, signed = nobody but --approvals; with the last two no tool of a wrapped Wassette that could allow more is offered either',
  },
  ...WRITING_FLAGS,
  'plan-lifetime': {
    value: 'time',
    description: 'how long a plan waits for the operator, in m, h or d, such as 12h (default: 7d)',
  },
  'allow-finding': {
    value: 'ids',
    repeatable: true,
    description:
      'let agents export what looks like a credential and is none: ids from the error that named it, comma-separated',
  },
  ...POLICY_FLAGS,
  ...TRUST_FLAGS,
  ...HTTP_FLAGS,
  'allow-remote': {
    value: 'prefix',
    repeatable: true,
    description:
      'let agents read and write snapshots at places on other machines that begin with <prefix>, such as oci://registry.example/team or s3://bucket/prefix, have code fetched from there that a snapshot does not carry, and let --wassette-url be there; repeatable',
  },
};

/** Those of `serve` that `install` writes down. */
export const INSTALL_FLAGS: Record<string, Flag> = Object.fromEntries(
  [
    'allow-dir',
    'allow-remote',
    'read-only',
    'never-widen',
    'approval',
    'approvals',
    'label',
    'plan-lifetime',
    'policy',
    'require-signature',
    'allowed-signers',
    'recipient',
    'identity',
    'passphrase-file',
    'allow-finding',
  ].map((name) => [name, SERVE_FLAGS[name]!]),
);

/** Options of an import, which have no effect where `--read-only` offers none. */
export const IMPORTING = ['identity', 'approvals', 'label', 'planLifetime'] as const;

/** How many of the arguments are flags and their values: what follows begins with `--`, or with the first that is neither. */
export function countOwn(args: readonly string[], flags: Record<string, Flag>): number {
  const { tokens } = parseArgs({
    args: [...args],
    options: optionsOf(flags),
    strict: false,
    tokens: true,
  });
  return tokens.find(({ kind }) => kind !== 'option')?.index ?? args.length;
}

/** The flags among arguments that are nothing else, as words: the name, and the value if it has one. */
export function flagsIn(args: readonly string[], flags: Record<string, Flag>): string[][] {
  const { tokens } = parseArgs({ args: [...args], options: optionsOf(flags), strict: false, tokens: true });
  return tokens.flatMap((token) =>
    token.kind === 'option'
      ? [token.value === undefined ? [token.rawName] : [token.rawName, token.value]]
      : [],
  );
}

/** The values by camel-cased name; null when the full parser has to report something. */
export function parseFlags(
  args: readonly string[],
  flags: Record<string, Flag>,
): Record<string, unknown> | null {
  try {
    const { values } = parseArgs({ args: [...args], options: optionsOf(flags), strict: true });
    return Object.fromEntries(Object.entries(values).map(([name, value]) => [valueName(name), value]));
  } catch {
    return null;
  }
}

function optionsOf(flags: Record<string, Flag>) {
  return Object.fromEntries(
    Object.entries(flags).map(([name, { value, repeatable = false }]) => [
      name,
      { type: value === undefined ? ('boolean' as const) : ('string' as const), multiple: repeatable },
    ]),
  );
}

/** As it is typed, without the dashes: the reverse of the name of a value. */
export function flagName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** What the value of a flag is called. */
export function valueName(name: string): string {
  return name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}
