// What a page of ours may load and do: nothing, but for its own style and script, which are known by their hashes.
import { createHash } from 'node:crypto';

/** A policy for `<meta http-equiv="Content-Security-Policy">`. */
export function contentPolicy(style: string, script: string | null): string {
  const scripts = script === null ? '' : ` script-src '${hashOf(script)}';`;
  return `default-src 'none'; style-src '${hashOf(style)}';${scripts} base-uri 'none'; form-action 'none'`;
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
