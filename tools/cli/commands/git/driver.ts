// What git runs: `git merge-driver` joins a file, `git textconv` prints one as text to compare.
import { collected } from '../../../../src/codec/bytes.ts';
import { counted } from '../../../../src/codec/enumeration.ts';
import type { StateError } from '../../../../src/errors.ts';
import { type DriverFiles, joinFiles } from '../../../git/merge-driver.ts';
import { shownText } from '../../../git/text.ts';
import { takeStdout, tell, warn, wrapped, writeBytes } from '../../terminal.ts';
import { printConflicts } from '../snapshots/merge.ts';

/** Standard output is that of git, which a program may read. @returns whether the file is joined */
export async function runMergeDriver(base: string, ours: string, theirs: string): Promise<boolean> {
  takeStdout();
  const outcome = await joinFiles({ base, ours, theirs });
  switch (outcome.kind) {
    case 'joined':
      for (const note of outcome.notes) warn(wrapped('note: ', note));
      return true;
    case 'unreadable':
      tellUnreadable(outcome.file, outcome.error);
      return false;
    case 'conflicts': {
      const { conflicts, hasBase } = outcome;
      printConflicts(conflicts);
      const count = counted(conflicts.length, 'conflict');
      tell(wrapped('', `${count}: both texts are in the file. To settle them (${WHAT_FILE_IS}):`));
      tellCommands(
        hasBase ? ['base', 'ours', 'theirs'] : ['ours', 'theirs'],
        '--narrower ID',
        'or --ours ID, or --theirs ID',
      );
      return false;
    }
  }
}

function tellUnreadable(file: keyof DriverFiles | null, { message, hint }: StateError): void {
  warn(wrapped('error: ', message));
  if (file !== 'base') {
    if (hint !== undefined) tell(wrapped('hint: ', hint));
    tell('Both texts are in the file, between markers.');
    return;
  }
  tell(
    wrapped(
      '',
      'Nobody can say who changed what: where branches have joined each other before, git first joins what both were made from, and that may be in conflict. Both texts are in the file.',
    ),
  );
  tell(wrapped('', `To join them without it (what one side has removed comes back; ${WHAT_FILE_IS}):`));
  tellCommands(
    ['ours', 'theirs'],
    '--ours ID',
    'or --theirs ID, or --narrower ID; without any it says what is in conflict',
  );
}

/** The name of the file is not handed to this program: it may be anything. */
const WHAT_FILE_IS = 'FILE is its name from where you are';
const STAGES: Record<keyof DriverFiles, number> = { base: 1, ours: 2, theirs: 3 };

/** How a merge by hand goes on from what git has kept. */
function tellCommands(files: readonly (keyof DriverFiles)[], settling: string, or: string): void {
  const kept = files.map((file) => `git show :${STAGES[file]}:./FILE > ${file}.json`);
  const names = files.map((file) => `${file}.json`);
  tell(`  ${kept.join('; ')}`);
  tell('  rm ./FILE');
  tell(`  wassette-state merge ${names.join(' ')} -o ./FILE ${settling}`);
  tell(`      (${or})`);
  tell('  git add ./FILE');
}

/** The file is standard input, so that its name is nobody's concern. Git has all of it in memory as well. */
export async function runTextconv(): Promise<void> {
  await writeBytes([await shownText(await collected(process.stdin))]);
}
