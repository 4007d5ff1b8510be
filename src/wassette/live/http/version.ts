// Asks a Wassette that serves over HTTP for its version.
import * as z from 'zod';
import { chunksOf, textOf } from '../../../net/body.ts';
import { parseVersion, type WassetteVersion } from '../../../policy/wassette-versions.ts';

const InfoSchema = z.object({ version: z.string() });
const INFO_TIMEOUT_MS = 2_000;
const MOST_INFO_BYTES = 64 * 1024;

/** From `/info` beside the MCP endpoint; null when there is no such answer within 2 s. Never throws. */
export async function versionAt(endpoint: URL, signal?: AbortSignal): Promise<WassetteVersion | null> {
  const timeout = AbortSignal.timeout(INFO_TIMEOUT_MS);
  const either = signal === undefined ? timeout : AbortSignal.any([timeout, signal]);
  try {
    const response = await fetch(new URL('info', endpoint), { redirect: 'error', signal: either });
    const tooLong = () => new RangeError('no Wassette says as much');
    const body = JSON.parse(await textOf(chunksOf(response, MOST_INFO_BYTES, tooLong)));
    return parseVersion(InfoSchema.parse(body).version);
  } catch {
    return null;
  }
}
