// `wassette-state git install` and `git uninstall`: whether git joins and shows snapshots by this program.
import { Git } from '../../../git/git.ts';
import {
  addAttributes,
  applySettings,
  removeAttributes,
  type SettingChange,
  settingsToDrop,
  settingsToMake,
} from '../../../git/installation.ts';
import { ATTRIBUTES, SETTING_KEYS, settingsFor } from '../../../git/setup.ts';
import { thisMachine, thisProgram } from '../../../install/machine.ts';
import { print, tell, wrapped } from '../../terminal.ts';

interface GitInstallOptions {
  global?: boolean;
  force?: boolean;
}

export async function runGitInstall({ global = false, force = false }: GitInstallOptions): Promise<void> {
  const scope = global ? 'global' : 'local';
  const git = new Git(process.cwd());
  const topLevel = global ? null : await git.topLevel();
  const changes = await settingsToMake(git, scope, settingsFor(thisProgram(thisMachine())), force);
  await applySettings(git, scope, changes);
  printChanges(changes);
  if (topLevel === null) {
    tell(
      wrapped(
        '',
        `Files of a repository are joined so where its .gitattributes has this line: ${ATTRIBUTES}`,
      ),
    );
    tell(wrapped('', 'That is so in every repository that names this driver, whoever wrote it.'));
    return;
  }
  const isNew = await addAttributes(topLevel);
  print(wrapped(isNew ? '+ ' : '  ', `.gitattributes: ${ATTRIBUTES}`));
  if (isNew)
    tell(
      wrapped(
        '',
        'Commit .gitattributes. The settings are of this clone alone: each clone runs this command.',
      ),
    );
}

export async function runGitUninstall({ global = false }: GitInstallOptions): Promise<void> {
  const scope = global ? 'global' : 'local';
  const git = new Git(process.cwd());
  const topLevel = global ? null : await git.topLevel();
  const { changes, others } = await settingsToDrop(git, scope, SETTING_KEYS);
  await applySettings(git, scope, changes);
  printChanges(changes);
  for (const other of others) tell(wrapped('  ', `${other} (stays: not of this program)`));
  const isGone = topLevel !== null && (await removeAttributes(topLevel));
  if (isGone) print(wrapped('- ', `.gitattributes: ${ATTRIBUTES}`));
  if (changes.length === 0 && !isGone) tell('Nothing of this program is there.');
}

function printChanges(changes: readonly SettingChange[]): void {
  for (const { key, old, now } of changes) {
    if (old !== null) print(wrapped('- ', `${key} = ${old}`));
    if (now !== null) print(wrapped('+ ', `${key} = ${now}`));
  }
}
