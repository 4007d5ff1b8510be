// A client of ours in front of a server that a test scripts.
import { expect, onTestFinished } from 'vitest';
import { type HttpClient, openHttpClient } from '../../../../src/wassette/live/http/client.ts';
import { failing } from '../../../fixtures/failing.ts';
import { type Handler, sendResult, serve } from '../../../fixtures/servers/http-server.ts';

export const LOCAL = { allowRemote: false };

export async function open(url: string): Promise<HttpClient> {
  const wassette = await openHttpClient(url, LOCAL);
  onTestFinished(() => wassette.close());
  return wassette;
}

/** `said` is what the server said: it is not in the message, which an agent gets. */
export function unreachable(message: RegExp, said?: string): unknown {
  return failing('STORE_UNREACHABLE', {
    message: expect.stringMatching(message),
    hint: expect.stringMatching(/./),
    ...(said === undefined ? {} : { said }),
  });
}

/** A server without sessions whose tool calls `onCall` answers. */
export function serveStateless(onCall: Handler): Promise<string> {
  return serve((received, response) => {
    if (received.rpc.method === 'tools/call') return onCall(received, response);
    sendResult(response, received, {
      resultType: 'complete',
      supportedVersions: ['2025-11-25', '2026-07-28'],
    });
  });
}
