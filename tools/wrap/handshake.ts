// One answer to `initialize` for two servers: the child's, with our name, tools and instructions added.
import { VERSION } from '../version.ts';
import { isObject, type RawMessage, withMember } from './raw-message.ts';

export const SERVER_INFO = {
  name: 'wassette-state',
  title: 'Wassette with wassette-state',
  version: VERSION,
};

/** @param ours our instructions, which come first */
export function mergeInitialize(response: RawMessage, ours: string): RawMessage {
  const { result } = response.value;
  if (!isObject(result)) return response;
  const { capabilities, instructions } = result;
  const offered = isObject(capabilities) ? capabilities : {};
  const merged = {
    ...result,
    capabilities: { ...offered, tools: isObject(offered.tools) ? offered.tools : {} },
    serverInfo: SERVER_INFO,
    instructions: typeof instructions === 'string' ? `${ours}\n\n${instructions}` : ours,
  };
  return withMember(response, ['result'], JSON.stringify(merged));
}
