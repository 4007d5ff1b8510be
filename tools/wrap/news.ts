// What an agent changes through Wassette's own tools, as the agents of other windows are told: their Wassettes see files, and
// not what another one was asked to load or allow.
import { quoted } from '../../src/codec/safe-text.ts';
import { ID_PATTERN } from '../../src/snapshot/component-id.ts';
import type { News } from '../../src/wassette/live/registry/introduction.ts';
import { isObject, type RawMessage } from '../messages/raw-message.ts';
import { isChanging } from './import-hold.ts';
import { isKnownOwn } from './own-tools.ts';
import { originIn } from './wrapped-wassette.ts';

/** A call of one of Wassette's own tools that changed a component, as far as the answer says. */
export function newsIn(call: RawMessage, response: RawMessage): News | null {
  const { params } = call.value;
  const { result } = response.value;
  if (!isChanging(call) || !isObject(params) || !isObject(result) || result.isError === true) return null;
  const tool = String(params.name);
  const args = isObject(params.arguments) ? params.arguments : {};
  // The address that a component is loaded from can be secret, and only Wassette knows which id it makes of it.
  const named = tool === 'load-component' ? originIn(call, response)?.id : (args.component_id ?? args.id);
  // Wassette says of any text that it was unloaded.
  const isNews = isKnownOwn(tool) && typeof named === 'string' && ID_PATTERN.test(named);
  return isNews ? { tool, component_id: named } : null;
}

/** For the agent of this window. */
export function newsInWords({ tool, component_id }: News): string {
  const until = 'until it starts again, or an import or undo changes that component';
  return `The agent of another window used ${quotedName(tool)} on component ${quoted(component_id)}. The Wassette of this window does not know that: ${stateOf(tool)}, ${until}.`;
}

function stateOf(tool: string): string {
  if (tool === 'load-component')
    return 'it may list tools that it cannot call, or go on with the code of before';
  if (tool === 'unload-component') return 'if it had that component, it still runs it';
  return 'it goes on with the permissions of before';
}

/** Text of another process is shown as it is only where it is one that we know. */
function quotedName(tool: string): string {
  return isKnownOwn(tool) ? tool : quoted(tool);
}
