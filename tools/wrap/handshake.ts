// One answer to `initialize` for two servers: the child's, with our name, tools and instructions added.
import { WRAP_INSTRUCTIONS } from '../instructions.ts';
import { VERSION } from '../version.ts';
import { isObject, type RawMessage, withMember } from './raw-message.ts';

export const SERVER_INFO = {
  name: 'wassette-state',
  title: 'Wassette with wassette-state',
  version: VERSION,
};

export function mergeInitialize(response: RawMessage): RawMessage {
  const { result } = response.value;
  if (!isObject(result)) return response;
  const { capabilities, instructions } = result;
  const offered = isObject(capabilities) ? capabilities : {};
  const merged = {
    ...result,
    capabilities: { ...offered, tools: isObject(offered.tools) ? offered.tools : {} },
    serverInfo: SERVER_INFO,
    instructions:
      typeof instructions === 'string' ? `${WRAP_INSTRUCTIONS}\n\n${instructions}` : WRAP_INSTRUCTIONS,
  };
  return withMember(response, ['result'], JSON.stringify(merged));
}
