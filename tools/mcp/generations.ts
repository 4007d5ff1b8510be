// Tells clients of MCP 2026-07-28, which open no session, that this server speaks the older generation, whose sessions begin
// with `initialize`. Clients that speak both then open a session.

/** Where a request without a session names its version, in `_meta`. */
const VERSION = 'io.modelcontextprotocol/protocolVersion';
/** UnsupportedProtocolVersionError of MCP 2026-07-28. */
const UNSUPPORTED_VERSION = -32_022;
/** Those that begin with `initialize`, the newest first; the answer to it may name another. */
const SUPPORTED = ['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05'];

interface Refusal {
  code: number;
  message: string;
  data: { supported: readonly string[]; requested: string };
}

/** The error for a request with that `_meta` that comes without a session; null for one of the older generation. */
export function refusalWithoutSession(meta: unknown): Refusal | null {
  const requested = (meta as { readonly [VERSION]?: unknown } | null | undefined)?.[VERSION];
  if (typeof requested !== 'string') return null;
  return {
    code: UNSUPPORTED_VERSION,
    message: `this server speaks MCP up to ${SUPPORTED[0]}: begin a session with initialize`,
    data: { supported: SUPPORTED, requested: requested.slice(0, 100) },
  };
}
