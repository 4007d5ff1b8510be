// What git runs: `git merge-driver` joins a file, `git textconv` prints one as text to compare.
import { collected } from '../../../../src/codec/bytes.ts';
import { counted } from '../../../../src/codec/enumeration.ts';
import { joinFiles } from '../../../git/merge-driver.ts';
import { shownText } from '../../../git/text.ts';
import { takeStdout, tell, warn, wrapped, writeBytes } from '../../terminal.ts';
import { printConflicts } from '../snapshots/merge.ts';

/** In which FILE is the path that git names, which is not handed to this program: it may be anything. */
const HOW_TO_SETTLE = [
  'git show :1:FILE > base.json; git show :2:FILE > ours.json; git show :3:FILE > theirs.json',
  'rm FILE',
  'wassette-state merge base.json ours.json theirs.json -o FILE --narrower ID',
  '    (or --ours ID, or --theirs ID; without base.json where both sides added FILE)',
  'git add FILE',
];

/** Standard output is that of git, which a program may read. @returns whether the file is joined */
export async function runMergeDriver(base: string, ours: string, theirs: string): Promise<boolean> {
  takeStdout();
  const outcome = await joinFiles({ base, ours, theirs });
  switch (outcome.kind) {
    case 'joined':
      for (const note of outcome.notes) warn(wrapped('note: ', note));
      return true;
    case 'unreadable': {
      const { message, hint } = outcome.error;
      warn(wrapped('error: ', message));
      if (hint !== undefined) tell(wrapped('hint: ', hint));
      tell('Both texts are in the file, between markers.');
      return false;
    }
    case 'conflicts': {
      const { conflicts } = outcome;
      printConflicts(conflicts);
      tell(
        wrapped('', `${counted(conflicts.length, 'conflict')}: both texts are in the file. To settle them:`),
      );
      for (const line of HOW_TO_SETTLE) tell(`  ${line}`);
      return false;
    }
  }
}

/** The file is standard input, so that its name is nobody's concern. Git has all of it in memory as well. */
export async function runTextconv(): Promise<void> {
  await writeBytes([await shownText(await collected(process.stdin))]);
}
