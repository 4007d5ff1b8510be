// `wassette-state recover`: finishes an interrupted import, or gives it up.
import { openSite } from '../../../src/site/site.ts';
import { commandLine } from '../../command-line.ts';
import { printJson, tell, tellCommand, wrapped } from '../terminal.ts';
import { type LocationOptions, locationsIn } from './locations.ts';

const SAID = {
  finished: 'An interrupted import was finished: the directory has the new state.',
  dropped: 'There is no interrupted import to finish; any leftovers were cleared away.',
  abandoned: 'The interrupted import was given up; the files are as they were found.',
  nothing: 'There is no interrupted import to give up; any leftovers were cleared away.',
} as const;

export async function runRecover(options: LocationOptions & { abandon?: boolean }): Promise<void> {
  const { host } = await openSite(locationsIn(options));
  let outcome: keyof typeof SAID;
  if (options.abandon) {
    outcome = (await host.components.abandon()) ? 'abandoned' : 'nothing';
  } else outcome = await host.components.recover();
  if (options.json) printJson({ outcome });
  else {
    tell(wrapped('', SAID[outcome]));
    if (outcome === 'abandoned')
      tellCommand('To restore what was there before that import:', commandLine(['undo'], options));
  }
}
