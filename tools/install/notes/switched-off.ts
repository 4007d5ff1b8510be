// What stands in an entry by which its client starts no server, or hides our tools from the agent, or asks nobody.
import { quoted } from '../../../src/codec/safe-text.ts';
import { OURS } from '../../wrap/tool-names.ts';
import type { Client } from '../clients.ts';

/** Lists of the only tools that the agent gets, as clients call them. */
const ONLY = ['tools', 'enabled_tools', 'includeTools'];
const NEVER = ['disabled_tools', 'disabledTools', 'excludeTools'];

/** A sentence for each; `install` keeps them, because a person has written them. */
export function limitsIn(entry: object, { name }: Client): string[] {
  const keys = entry as Record<string, unknown>;
  const off = [keys.enabled === false ? 'enabled' : [], keys.disabled === true ? 'disabled' : []].flat();
  return [
    ...off.map((key) => `${quoted(key)} in the entry switches it off: ${name} does not start it`),
    ...[...ONLY, ...NEVER].flatMap((key) => {
      const hidden = hiddenBy(keys[key], NEVER.includes(key));
      return hidden.length === 0
        ? []
        : [`${quoted(key)} in the entry hides ${hidden.join(', ')} from the agent`];
    }),
    ...(keys.trust === true ? [`"trust" in the entry has ${name} run all its tools without asking you`] : []),
  ];
}

/** Which of our tools a list takes away; what a client writes behind a name, such as arguments, is left out. */
function hiddenBy(list: unknown, isOfHidden: boolean): string[] {
  if (!Array.isArray(list)) return [];
  const names = list.map((item) => String(item).replace(/\(.*/s, ''));
  if (names.includes('*')) return isOfHidden ? [...OURS] : [];
  return OURS.filter((name) => names.includes(name) === isOfHidden);
}
