// The codes of all failures, and what each means. They are part of the interface: documented in docs/errors.md, matched by
// tests, never renamed.

/** The exit code of the command line for each kind of error. */
export const EXIT_CODES = { usage: 2, format: 3, verification: 4, policy: 5, conflict: 6, store: 7 } as const;
/** Who must act; each is a class. */
export type ErrorKind = keyof typeof EXIT_CODES;

/** Each code with what it means; docs/errors.md is made from this. */
export const ERROR_CODES = {
  USAGE_BAD_ARGUMENT: 'an argument or option is missing, unknown or malformed',
  USAGE_UNKNOWN_COMPONENT: 'there is no component with the given id',
  USAGE_UNSUPPORTED_URI: 'the reference names a place this version cannot read or write',
  USAGE_NOT_AVAILABLE: 'the feature asked for is not in this version',
  FORMAT_NOT_A_SNAPSHOT: 'the file or blob is not a snapshot',
  FORMAT_UNSUPPORTED_VERSION: 'the snapshot, or one of our files, has a version this program does not read',
  FORMAT_INVALID: 'the snapshot breaks a rule of FORMAT.md',
  FORMAT_INVALID_ID: 'a component id is unsafe or clashes with another',
  FORMAT_INVALID_POLICY: 'a policy cannot be read, or Wassette would read it differently',
  FORMAT_POLICY_LAYOUT:
    'an entry of a policy cannot be changed where it stands, and no policy is written anew',
  FORMAT_INVALID_OPERATOR_POLICY: "the operator's policy cannot be read, or is not complete",
  FORMAT_INVALID_OVERLAY: 'an overlay cannot be read, or has a key that means nothing',
  FORMAT_NOT_A_COMPONENT: 'the bytes are not a complete WebAssembly component',
  FORMAT_INVALID_CONFIG: 'a configuration file of another program cannot be read, or has our entry twice',
  FORMAT_INVALID_SIGNATURE: 'a signature has another form than FORMAT.md allows',
  FORMAT_INVALID_SECRETS:
    'sealed secrets are not a SOPS document as FORMAT.md has it, or secrets cannot be sealed',
  FORMAT_INVALID_KEY:
    'a key cannot be read, is of a kind that is not taken here, or the passphrase of a signing key is wrong',
  FORMAT_INVALID_SIGNERS: 'a line of the list of accepted signers cannot be read, or accepts too much',
  FORMAT_INVALID_APPROVAL: 'an approval in writing has another form than FORMAT.md allows',
  FORMAT_LIMIT_EXCEEDED: 'something is larger or deeper than the limit',
  VERIFY_DIGEST_MISMATCH: 'bytes or a document differ from the digest or size that names them',
  VERIFY_PART_MISSING: 'bytes that the snapshot names cannot be found anywhere',
  VERIFY_BAD_SIGNATURE: 'a signature was not made by its key over these bytes',
  VERIFY_OTHER_SUBJECT: 'a signature is of another snapshot, or states something else',
  VERIFY_UNKNOWN_KEY: 'the public key that a signature must be checked with is not at hand',
  VERIFY_NOT_SIGNED: 'nobody, or nobody who was asked for, has signed the snapshot',
  VERIFY_CANNOT_UNSEAL: 'no identity or passphrase that was given opens what is sealed',
  VERIFY_SECRETS_ALTERED: 'sealed secrets were altered, or were sealed for another state',
  VERIFY_NO_SESSION: 'the server that was set up does not start, does not answer, or lacks tools',
  VERIFY_NOT_COMPARED: 'what could be compared is equal, and something could not be compared',
  VERIFY_NOT_LOADED: 'a component does not load in the running Wassette, so the import was taken back',
  POLICY_APPROVAL_REQUIRED: 'somebody has to approve the plan first',
  POLICY_APPROVAL_VOID: 'an approval was changed, copied or put back, so it does not count',
  POLICY_APPROVER_NOT_ACCEPTED: 'who signed an approval is not, or not now, accepted for approvals here',
  POLICY_APPROVAL_OTHER_HOST: 'an approval is for hosts with another label',
  POLICY_APPROVAL_NOT_YET: 'an approval was made later than it is here',
  POLICY_APPROVAL_EXPIRED: 'an approval counts no more, by the latest time that was seen here',
  POLICY_APPROVAL_TAKEN_BACK: 'what an approval allows was taken back here after it was made',
  POLICY_NO_TERMINAL: 'only a person at a terminal can do this, and there is no terminal',
  POLICY_DECLINED: 'the person asked did not approve, or gave no answer',
  POLICY_WIDENED: 'the plan allows more than before and the operator forbids that',
  POLICY_SIGNATURE_REQUIRED: 'only signed snapshots are taken here, and this one is not signed',
  POLICY_SIGNER_NOT_ACCEPTED: 'who signed the snapshot is not, or not now, among the signers accepted here',
  POLICY_OUTSIDE_FENCE: 'the operator has not allowed this file, directory or tool',
  POLICY_FORBIDDEN_GRANT:
    'a permission that no import may bring, such as one that reaches policies or secrets',
  POLICY_BEYOND_CAPS: "the plan brings more than the operator's policy lets any import bring",
  POLICY_BUNDLED: 'an image includes its own policy, and the Wassette that would fetch it refuses that',
  POLICY_CREDENTIAL_FOUND: 'what is to be exported seems to hold a credential, such as a password or a token',
  POLICY_TOO_MANY_GRANTS: 'the plan has more to approve than one person can read',
  CONFLICT_STALE_PLAN: 'the target, the snapshot or the options changed since the plan was made',
  CONFLICT_APPROVAL_MISMATCH: 'the sentences accepted are not those of the plan',
  CONFLICT_ID_CLASH: 'an id of the snapshot clashes with one on this host',
  CONFLICT_OTHER_ENTRY: "an MCP client's configuration has something else under our name",
  STORE_NOT_FOUND: 'a snapshot, file or directory does not exist',
  STORE_EXISTS: 'an existing file or tag is not a snapshot and is not replaced',
  STORE_LOCKED: 'another wassette-state is at work in the component directory',
  STORE_BUSY: 'a Wassette is running on the component directory',
  STORE_UNREACHABLE:
    'a server or the running Wassette cannot be reached, does not answer as one, or has its tools switched off',
  STORE_NO_WASSETTE: 'no Wassette is installed where it was looked for, or what is there is not Wassette',
  STORE_OTHER_HOST:
    'the running Wassette does not work on the component directory, or calls it by another path',
  STORE_CHANGING: 'a file keeps changing while it is read',
  STORE_UNSAFE_FILE:
    'a symbolic link, device or directory stands where a file should be; or others may read a key, or write the accepted signers or the audit log',
  STORE_UNTRUSTED_FILE: "somebody else than the operator could change the operator's policy",
  STORE_UNSUPPORTED: 'this cannot be done to this kind of component directory, or only by its Wassette',
  STORE_INTERRUPTED: 'an import was interrupted, or could not be taken back: finish it or give it up',
  STORE_DAMAGED: 'one of our files in the state directory cannot be read',
  STORE_DENIED: 'the operating system or a server denies access, or ownership cannot be kept',
  STORE_NO_SPACE: 'the disk is full',
  STORE_IO: 'reading or writing failed',
} as const;
/** Stable: matched by callers, never renamed. */
export type ErrorCode = keyof typeof ERROR_CODES;
