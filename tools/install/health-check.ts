// Starts a server as a client does, and looks whether it has the tools of Wassette and ours.
import { homedir } from 'node:os';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { VerificationError } from '../../src/errors.ts';
import { toolsFor } from '../mcp/index.ts';
import { VERSION } from '../version.ts';
import { OWN_TOOLS } from '../wrap/own-tools.ts';
import type { Launch } from './launch.ts';

/** No client that was tried waits longer for a server to start. */
const TIMEOUT_MS = 60_000;
const KEPT_LOG_LENGTH = 1_000;

export interface Health {
  /** The names of all its tools: ours, Wassette's own, and those of its components. */
  tools: readonly string[];
}

/** What an application that is not started from a terminal has of a path, but on Windows. */
const BARE_PATH = '/usr/bin:/bin:/usr/sbin:/sbin';

/**
 * One session, in the environment that the SDK's client gives: that is less than most clients give.
 * @param isDesktop whether the client is an application, which need not be started from a terminal
 * @throws VerificationError VERIFY_NO_SESSION
 */
export async function checkHealth(
  { command, args, env }: Launch,
  { isDesktop, signal }: { isDesktop: boolean; signal?: AbortSignal },
): Promise<Health> {
  const bare = isDesktop && process.platform !== 'win32' ? { PATH: BARE_PATH } : {};
  const transport = new StdioClientTransport({
    command,
    args: [...args],
    env: { ...bare, ...env },
    cwd: homedir(),
    stderr: 'pipe',
  });
  let log = '';
  transport.stderr?.on('data', (chunk: Buffer) => {
    log = (log + chunk.toString('utf8')).slice(-KEPT_LOG_LENGTH);
  });
  const client = new Client({ name: 'wassette-state install', version: VERSION });
  const options = { timeout: TIMEOUT_MS, ...(signal === undefined ? {} : { signal }) };
  let names: string[];
  try {
    await client.connect(transport, options);
    names = (await client.listTools({}, options)).tools.map(({ name }) => name);
  } catch (error) {
    if (signal?.aborted) throw unhealthy('the check was interrupted', log);
    throw unhealthy('the server does not answer as an MCP client expects', log, error);
  } finally {
    await client.close();
  }
  const readOnly = args.includes('--read-only');
  const missing = toolsFor({ readOnly, neverWiden: false, locations: {}, allowDirs: [], allowRemote: [] })
    .map(({ name }) => name)
    .filter((name) => !names.includes(name));
  if (missing.length > 0) throw unhealthy(`the server lacks ${missing.join(', ')}`, log);
  const hasOwn = !args.includes('--disable-builtin-tools');
  if (hasOwn && !names.some((name) => OWN_TOOLS.some((own) => own.name === name)))
    throw unhealthy("the server has our tools, but none of Wassette's own", log);
  return { tools: names };
}

function unhealthy(problem: string, log: string, cause?: unknown): VerificationError {
  return new VerificationError('VERIFY_NO_SESSION', problem, {
    hint: 'the entry is written: correct what is said above and repeat this, or take it out with --uninstall',
    said: log.trim().replace(/\s*\n\s*/g, ' ') || undefined,
    cause,
  });
}
