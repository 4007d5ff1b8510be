// What the wrap tells the agent without being asked, as messages of MCP's log, at the level that the client has set.
import {
  isObject,
  notificationText,
  type RawMessage,
  RPC_ERROR,
  type RpcError,
} from '../messages/raw-message.ts';

/** As MCP has them from syslog, the least first. */
const LEVELS = ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency'];
const LEVEL = 'notice';

export class OwnLog {
  #isHeard = true;

  /** Takes a `logging/setLevel`. Returns why it is none; null where it is. */
  set({ value: { params } }: RawMessage): RpcError | null {
    const level = LEVELS.indexOf(isObject(params) ? String(params.level) : '');
    if (level < 0)
      return { code: RPC_ERROR.invalidParams, message: `there is no such level, only ${LEVELS.join(', ')}` };
    this.#isHeard = level <= LEVELS.indexOf(LEVEL);
    return null;
  }

  /** The message; null where the client does not want to hear it. */
  entry(data: string): string | null {
    const params = { level: LEVEL, logger: 'wassette-state', data };
    return this.#isHeard ? notificationText('notifications/message', params) : null;
  }
}
