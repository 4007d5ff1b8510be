// What `git install` sets: the driver that joins snapshots, the text in which they are compared, and for which files.

const DRIVER = 'wassette-state';
/** For what git joins before, where branches have joined each other: several that both were made from. */
const OF_ANCESTORS = `${DRIVER}-ancestors`;
/** For files that are named so; nothing here says what is run. */
export const ATTRIBUTES = `*.wassette.json merge=${DRIVER} diff=${DRIVER}`;

/** The settings of git by key, for a program that `node` runs. */
export function settingsFor({
  node,
  program,
}: {
  node: string;
  program: string;
}): ReadonlyMap<string, string> {
  return settingsWith(`${alwaysQuoted(node)} ${alwaysQuoted(program)} git`);
}

/** Two words that are quoted whatever they are, as `settingsFor` begins each command. */
const COMMAND = /'(?:[^']|'\\'')*' '(?:[^']|'\\'')*' git/;
const SHAPES = settingsWith('');
export const SETTING_KEYS: readonly string[] = [...SHAPES.keys()];

/** Whether this program has set this, wherever it and its node were then. */
export function isOwnSetting(key: string, value: string): boolean {
  return SHAPES.get(key) === value.replace(COMMAND, '');
}

function settingsWith(command: string): ReadonlyMap<string, string> {
  // Bare placeholders: git quotes nothing that stands in quotes. No path: a repository names its files as it likes.
  const joining = `${command.replaceAll('%', '%%')} merge-driver %O %A %B`;
  return new Map([
    [`merge.${DRIVER}.name`, 'Wassette snapshots, joined component by component'],
    [`merge.${DRIVER}.driver`, joining],
    // The one before all of them would lack a grant that somebody has taken away since. Where they are in conflict nobody can
    // settle it, and the result is no snapshot: that is said when the file itself is joined, and nothing before.
    [`merge.${DRIVER}.recursive`, OF_ANCESTORS],
    [`merge.${OF_ANCESTORS}.name`, 'Wassette snapshots that both sides were made from'],
    [`merge.${OF_ANCESTORS}.driver`, `${joining} 2>/dev/null`],
    // The shell opens the file, whose name may begin as an option does, or be no text. Git appends it, in quotes. Without this
    // program the file is shown as it is, or git would give up all of a diff.
    [`diff.${DRIVER}.textconv`, `f() { ${command} textconv <"$1" || cat <"$1"; }; f`],
  ]);
}

/** In quotes whatever it is, since git hands it to a shell. */
function alwaysQuoted(file: string): string {
  return `'${file.replaceAll("'", "'\\''")}'`;
}
