// Calls the tools of a Wassette that was started elsewhere with `wassette serve`, over Streamable HTTP.
import * as z from 'zod';
import { firstText, type ToolAnswer, type ToolCaller } from '../live-wassette.ts';
import { closeLink, connect, isSessionLost, type Link, post } from './link.ts';
import { badServer, type RpcOutcome } from './rpc.ts';
import { resolveWassetteUrl } from './url.ts';

const ResultSchema = z.object({
  resultType: z.literal('complete').optional(),
  isError: z.boolean().optional(),
  content: z.array(z.looseObject({ type: z.string(), text: z.string().optional() })),
});

interface HttpOptions {
  /** Whether another machine is allowed; otherwise only 127.0.0.0/8, ::1 and localhost. */
  allowRemote: boolean;
}

/**
 * Connects to the MCP server at `url`; without a path, at `/mcp`. Whether it is a Wassette, and the one of our
 * component directory, `assertSameHost` tells.
 * @throws UsageError USAGE_BAD_ARGUMENT, PolicyError POLICY_OUTSIDE_FENCE, StoreError STORE_UNREACHABLE
 */
export async function openHttpClient(url: string, options: HttpOptions): Promise<HttpClient> {
  const endpoint = await resolveWassetteUrl(url, options);
  return new HttpClient(endpoint, await connect(endpoint));
}

export class HttpClient implements ToolCaller {
  #nextId = 1;

  constructor(
    readonly url: URL,
    private link: Link,
  ) {}

  /**
   * There is no time limit except the signal's, and fetch's own after five minutes without a byte, because a load may
   * download and compile first. A call that was aborted or broke off may still be carried out. When the session is lost,
   * the server was restarted and has not seen the call, which is repeated once in a new session.
   * @throws StoreError STORE_UNREACHABLE; the signal's reason
   */
  async callTool(
    name: string,
    args: Readonly<Record<string, unknown>>,
    signal?: AbortSignal,
  ): Promise<ToolAnswer> {
    signal?.throwIfAborted();
    const link = this.link;
    let outcome = await this.#post(link, name, args, signal);
    if (isSessionLost(link, outcome)) {
      // A call beside this one may have found it out first.
      if (this.link === link) this.link = await connect(this.url, signal);
      outcome = await this.#post(this.link, name, args, signal);
    }
    if (outcome.kind === 'refused') throw outcome.error;
    const parsed = ResultSchema.safeParse(outcome.result);
    if (!parsed.success) {
      throw badServer(
        this.url,
        'answers a tool call in an unknown form',
        'it is not a Wassette this version knows',
      );
    }
    const { isError = false, content } = parsed.data;
    return { isError, text: firstText(content) };
  }

  /** Ends the session, if there is one; never throws. */
  async close(): Promise<void> {
    await closeLink(this.url, this.link);
  }

  #post(link: Link, name: string, args: object, signal: AbortSignal | undefined): Promise<RpcOutcome> {
    const params = { name, arguments: args };
    return post(this.url, link, { id: this.#nextId++, method: 'tools/call', params }, signal);
  }
}
