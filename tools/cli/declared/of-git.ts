// The commands that have git join and show snapshots, and those that git then runs.
import type { Command } from 'commander';
import { answer } from '../answer.ts';
import { commandIn } from './declaring.ts';

export function declareGitCommands(program: Command): void {
  const git = commandIn(program, 'git', 'Have git join and show *.wassette.json files by what they say');
  commandIn(git, 'install', 'Set this up for this clone, and add a line to .gitattributes')
    .option('--global', 'for all repositories of this user instead, whoever wrote them')
    .option('--force', 'replace what another program has set under our name')
    .action(async (options) => (await import('../commands/git/install.ts')).runGitInstall(options));
  commandIn(git, 'uninstall', 'Take that away again, and nothing else')
    .option('--global', 'for all repositories of this user')
    .action(async (options) => (await import('../commands/git/install.ts')).runGitUninstall(options));
  commandIn(git, 'merge-driver', 'What git runs to join a file: exit code 1 leaves both texts in it')
    .argument('<base>')
    .argument('<ours>')
    .argument('<theirs>')
    .action(async (base: string, ours: string, theirs: string) =>
      answer(await (await import('../commands/git/driver.ts')).runMergeDriver(base, ours, theirs)),
    );
  commandIn(git, 'textconv', 'What git runs to show a file, which comes on standard input').action(async () =>
    (await import('../commands/git/driver.ts')).runTextconv(),
  );
}
