// `wassette-state serve`
import '../stdio-guard.ts';
import { realPathAsFarAsItExists } from '../../src/host/locations.ts';
import { serve } from '../server.ts';
import { defaultAllowDirs } from '../server-options.ts';
import type { LocationOptions } from './locations.ts';

export interface ServeOptions extends LocationOptions {
  allowDir?: string[];
  readOnly?: boolean;
  neverWiden?: boolean;
}

export async function runServe(options: ServeOptions): Promise<void> {
  const { componentDir, secretsDir, stateDir } = options;
  await serve({
    locations: { componentDir, secretsDir, stateDir },
    allowDirs: options.allowDir?.map(realPathAsFarAsItExists) ?? defaultAllowDirs(),
    readOnly: options.readOnly ?? false,
    neverWiden: options.neverWiden ?? false,
  });
}
