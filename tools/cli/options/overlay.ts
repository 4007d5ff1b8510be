// Reads the options that say what is other on this host than in a snapshot.

import { UsageError } from '../../../src/errors.ts';
import type { WithheldEntry } from '../../../src/plan/overlay/overlay.ts';
import type { OverlayOptions } from '../../../src/site/overlay-options.ts';

export interface OverlayFlags {
  mapDir?: string[];
  without?: string[];
  overlay?: string;
}

/** @throws UsageError USAGE_BAD_ARGUMENT */
export function overlayIn({ mapDir, without, overlay }: OverlayFlags): OverlayOptions {
  return {
    mapDirs: mapDir?.map((text) => {
      const [from, to] = halves(text, '=', '--map-dir', '/home/me/data=/srv/data');
      return { from, to };
    }),
    without: without?.map((text): WithheldEntry => {
      const [component_id, entry] = halves(text, ':', '--without', 'weather:api.dev.example');
      return { component_id, entry };
    }),
    overlay,
  };
}

/** In two at the first sign: neither an id has a colon, nor should a directory have an equals sign here. */
function halves(text: string, sign: string, flag: string, example: string): [string, string] {
  const at = text.indexOf(sign);
  if (at > 0 && at < text.length - 1) return [text.slice(0, at), text.slice(at + 1)];
  throw new UsageError('USAGE_BAD_ARGUMENT', `${flag} is not two things with "${sign}" between them`, {
    hint: `write ${flag} ${example}`,
  });
}
