// What `git install` sets: the driver that joins snapshots, the text in which they are compared, and for which files.

const DRIVER = 'wassette-state';
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
  const command = `${alwaysQuoted(node)} ${alwaysQuoted(program)} git`;
  return new Map([
    [`merge.${DRIVER}.name`, 'Wassette snapshots, joined component by component'],
    // Bare placeholders: git quotes nothing that stands in quotes. No path: a repository names its files as it likes.
    [`merge.${DRIVER}.driver`, `${command.replaceAll('%', '%%')} merge-driver %O %A %B`],
    // Two ancestors are joined as well: the one before both would lack a grant that somebody has taken away since. Where they
    // are in conflict the ancestor is no snapshot, and the file gets markers.
    [`merge.${DRIVER}.recursive`, DRIVER],
    // The shell opens the file, whose name may begin as an option does, or be no text. Git appends it, in quotes.
    [`diff.${DRIVER}.textconv`, `f() { ${command} textconv <"$1"; }; f`],
  ]);
}

/** In quotes whatever it is, since git hands it to a shell. */
function alwaysQuoted(file: string): string {
  return `'${file.replaceAll("'", "'\\''")}'`;
}
