// What the audit log says, and who is named in it: the types of its lines (FORMAT.md F-18.2).

/** Who asks for what is done. */
export interface Caller {
  by: 'agent' | 'command-line' | 'library';
  /** What an agent's client calls itself. */
  client?: string | undefined;
  client_version?: string | undefined;
}

/** How a plan came to be approved, and by whom where that is known. */
export interface ApprovedBy {
  /**
   * `client`: the person at the client was asked; `nobody-asked`: the client cannot ask, or an option said not to;
   * `terminal`: the person at the terminal was asked; `command-line`: the plan's digest was given there; `caller`: the
   * caller of the library brought digest and sentences; `operator`: in a terminal, before the call that applies it;
   * `signed`: in writing, by whoever signed it.
   */
  how: 'client' | 'nobody-asked' | 'terminal' | 'command-line' | 'caller' | 'operator' | 'signed';
  by?: string | undefined;
}

/** What an import is about, beside the files that it changes. */
export interface ImportFacts {
  /** Where the snapshot was opened, as far as that is known. */
  reference?: string | undefined;
  /** Digest of the plan. */
  plan: string;
  /** State digests of the host (FORMAT.md F-2.4). */
  state_before: string;
  state_after: string;
}

/** What a line says, beside when, who asked, and what came before. */
export interface AuditEntry extends Partial<ImportFacts> {
  event: 'export' | 'copy' | 'fetch' | 'plan' | 'approval' | 'import' | 'undo' | 'recover' | 'trust';
  result:
    | 'begins'
    | 'done'
    | 'failed'
    | 'made'
    | 'given'
    | 'declined'
    | 'revoked'
    | 'unchanged'
    | 'refused'
    | 'finished'
    | 'dropped'
    | 'abandoned'
    | 'adds'
    | 'removes';
  /** The code of the error. */
  code?: string | undefined;
  component_dir?: string | undefined;
  /** Name of the undo record of the import that this is about. */
  import?: string | undefined;
  /** That of the import which is taken back. */
  reverts?: string | undefined;
  /** Digest of the snapshot. */
  snapshot?: string | undefined;
  /** Where what was copied comes from. */
  copied_from?: string | undefined;
  /** State digest of what was exported. */
  state?: string | undefined;
  approved?: ApprovedBy | undefined;
  components?: readonly { id: string; action?: string | undefined }[] | undefined;
  /** The list of accepted signers that changes, and the signers. */
  signers_file?: string | undefined;
  signers?: readonly AcceptedOrNot[] | undefined;
}

/** A signer who is accepted from now on, or no more. */
export interface AcceptedOrNot {
  fingerprint: string;
  names: readonly string[];
  /** What the key is accepted for. */
  namespaces: string;
}

/** A line of the audit log as it is read: FORMAT.md, F-18.2, says what each field means. */
export interface AuditRecord {
  version: number;
  /** In ISO 8601, in UTC. */
  time: string;
  event: string;
  result: string;
  /** Hash of the line before, its line end included; null for the first. */
  previous_sha256: string | null;
  asked_by?:
    | {
        by: string;
        client?: string | undefined;
        client_version?: string | undefined;
        user: number | null;
      }
    | undefined;
  code?: string | undefined;
  component_dir?: string | undefined;
  reference?: string | undefined;
  snapshot?: string | undefined;
  copied_from?: string | undefined;
  state?: string | undefined;
  plan?: string | undefined;
  import?: string | undefined;
  reverts?: string | undefined;
  state_before?: string | undefined;
  state_after?: string | undefined;
  approved?: { how: string; by?: string | undefined } | undefined;
  /** The first ones. */
  components?: readonly { id: string; action?: string | undefined }[] | undefined;
  component_count?: number | undefined;
  signers_file?: string | undefined;
  /** The first ones. */
  signers?: readonly AcceptedOrNot[] | undefined;
}
