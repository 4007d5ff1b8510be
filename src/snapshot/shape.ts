// The snapshot document of version 1 as a program sees it. schema.ts has the same as rules that a file must keep; here is
// nothing but types, so that whoever reads them needs no library. Every object may hold more: later versions add keys.

/** Which code a component has: its SHA-256 in hex and size in bytes. */
export interface Artifact {
  sha256: string;
  size: number;
  [key: string]: unknown;
}

/** What Wassette had cached about the tools of a component. For review only. */
export interface ToolCache {
  component_id: string;
  tool_schemas: unknown[];
  function_identifiers: unknown[];
  tool_names: string[];
  /** By which Wassette knows whether what it cached is still true. */
  validation_stamp: {
    file_size: number;
    mtime: number;
    content_hash?: string | null | undefined;
    [key: string]: unknown;
  };
  created_at: number;
  [key: string]: unknown;
}

/** A policy, byte for byte. */
export interface SnapshotPolicy {
  content: string;
  source_uri: string;
  created_at: number;
  [key: string]: unknown;
}

/** One component of a document. */
export interface SnapshotComponent {
  component_id: string;
  source_uri: string;
  artifact: Artifact;
  metadata: ToolCache;
  policy?: SnapshotPolicy | null | undefined;
  keep_policy?: boolean | undefined;
  secret_names?: string[] | undefined;
  [key: string]: unknown;
}

/** What a document says of itself. */
export interface SnapshotLabels {
  description?: string | null | undefined;
  wassette_version?: string | null | undefined;
  source?: string | null | undefined;
  tags?: Record<string, string> | null | undefined;
  [key: string]: unknown;
}

/** The JSON of a snapshot, without code and signatures: FORMAT.md, F-2 and F-3. Times are seconds since 1970. */
export interface SnapshotDocument {
  version: 1;
  created_at: number;
  metadata?: SnapshotLabels | null | undefined;
  components: SnapshotComponent[];
  state_digest: string;
  /** The lines of a SOPS document with the values of secrets, sealed. */
  secrets?: string[] | null | undefined;
  /** The lines of an age identity that opens `secrets`, itself sealed with a passphrase. */
  secret_identity?: string[] | null | undefined;
  /** Digests of the snapshots that this one was made from. */
  parents?: string[] | undefined;
  [key: string]: unknown;
}
