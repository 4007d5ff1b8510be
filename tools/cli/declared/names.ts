// The names of the commands, for what has to know one before the parser is loaded.

/**
 * Those that have commands of their own.
 * @internal exported so that a test can compare them with the help
 */
export const GROUPS = ['store', 'trust', 'git', 'policy'];

const COMMANDS = [
  ...GROUPS,
  ...['serve', 'export', 'diff', 'merge', 'import', 'review', 'list', 'inspect', 'sign', 'verify', 'copy'],
  ...['reseal', 'undo', 'approve', 'doctor', 'recover', 'log', 'install', 'completion', 'help'],
];

export function isCommand(word: string | undefined): boolean {
  return word !== undefined && COMMANDS.includes(word);
}

/** The words at the beginning that name the command, such as `store` and `list`. */
export function commandWords(args: readonly string[]): readonly string[] {
  const count = GROUPS.includes(args[0] ?? '') ? 2 : 1;
  return args.slice(0, count).filter((word) => !word.startsWith('-'));
}
