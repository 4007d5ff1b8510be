// Every failure a user can meet: a class by who must act, a stable code, and what to do next.
// Codes are part of the interface: documented in README.md, matched by tests, never renamed.

export const EXIT_CODES = { usage: 2, format: 3, verification: 4, policy: 5, conflict: 6, store: 7 } as const;
export type ErrorKind = keyof typeof EXIT_CODES;

/** Each code with what it means; README's table is made from this. */
export const ERROR_CODES = {
  USAGE_BAD_ARGUMENT: 'an argument or option is missing, unknown or malformed',
  USAGE_UNKNOWN_COMPONENT: 'a component id that was named is not there',
  USAGE_UNSUPPORTED_URI: 'the reference names a place this version cannot read or write',
  USAGE_NOT_AVAILABLE: 'the feature asked for is not in this version',
  FORMAT_NOT_A_SNAPSHOT: 'the file or blob is not a snapshot',
  FORMAT_UNSUPPORTED_VERSION: 'the snapshot, or a file of ours, has a version this program does not read',
  FORMAT_INVALID: 'the snapshot breaks a rule of FORMAT.md',
  FORMAT_INVALID_ID: 'a component id is unsafe or clashes with another',
  FORMAT_INVALID_POLICY: 'a policy cannot be read, or Wassette would read it differently',
  FORMAT_NOT_A_COMPONENT: 'the bytes are not a complete WebAssembly component',
  FORMAT_LIMIT_EXCEEDED: 'something is larger or deeper than the limit',
  VERIFY_DIGEST_MISMATCH: 'bytes or a document differ from the digest or size that names them',
  VERIFY_PART_MISSING: 'bytes that the snapshot names are nowhere to be had',
  VERIFY_NOT_LOADED: 'a component does not load in the running Wassette, so the import was taken back',
  POLICY_APPROVAL_REQUIRED: 'somebody has to approve the plan first',
  POLICY_DECLINED: 'the person asked did not approve',
  POLICY_WIDENED: 'the plan allows more than before and the operator forbids that',
  POLICY_OUTSIDE_FENCE: 'the operator has not allowed this file, directory or tool',
  POLICY_FORBIDDEN_GRANT:
    'a permission that no import may bring, such as one that reaches policies or secrets',
  POLICY_BUNDLED: 'an image brings a policy of its own, and the Wassette that would fetch it refuses that',
  POLICY_TOO_MANY_GRANTS: 'the plan has more to approve than one person can read',
  CONFLICT_STALE_PLAN: 'the target, the snapshot or the options changed since the plan was made',
  CONFLICT_APPROVAL_MISMATCH: 'the sentences accepted are not those of the plan',
  CONFLICT_ID_CLASH: 'an id of the snapshot clashes with one on this host',
  STORE_NOT_FOUND: 'a snapshot, file or directory does not exist',
  STORE_EXISTS: 'an existing file is not a snapshot and is not replaced',
  STORE_LOCKED: 'another wassette-state is at work in the component directory',
  STORE_BUSY: 'a Wassette is running on the component directory',
  STORE_UNREACHABLE:
    'the running Wassette cannot be reached, does not answer as one, or has its tools switched off',
  STORE_OTHER_HOST:
    'the running Wassette does not work on the component directory, or calls it by another path',
  STORE_CHANGING: 'a file keeps changing while it is read',
  STORE_UNSAFE_FILE: 'a symbolic link, device or directory stands where a file should be',
  STORE_UNSUPPORTED:
    'the component directory is of a kind to which this cannot be done, or only by its Wassette',
  STORE_INTERRUPTED: 'an interrupted import cannot be finished because somebody changed a file',
  STORE_DAMAGED: 'a file of ours in the state directory cannot be read',
  STORE_DENIED: 'the operating system denies access, or ownership cannot be kept',
  STORE_NO_SPACE: 'the disk is full',
  STORE_IO: 'reading or writing failed',
} as const;
export type ErrorCode = keyof typeof ERROR_CODES;

/** JSON-safe facts about a failure: names, digests, line numbers; never secret values. */
export type ErrorDetails = Record<string, string | number | boolean | null | readonly string[]>;

/**
 * What helps, where the words depend on who reads them. A `hint` names no command, option or tool; `tools/remedies.ts`
 * adds those that exist where it is read.
 */
export type Remedy =
  | { do: 'recover'; stateDir?: string }
  | { do: 'abandon' }
  | { do: 'recover-or-abandon' }
  | { do: 'undo' }
  | { do: 'plan-again' }
  | { do: 'approve'; digest: string }
  | { do: 'leave-out'; others?: readonly string[] }
  | { do: 'take-grant'; grant: string }
  | { do: 'import-in-terminal' }
  | { do: 'override-running' }
  | { do: 'carry-code' }
  | { do: 'fetch-code' }
  | { do: 'name-directories' }
  | { do: 'find-components' }
  | { do: 'allow-remote' }
  | { do: 'allow-dir' };

export interface ErrorExtras {
  hint?: string;
  remedy?: Remedy;
  details?: ErrorDetails;
  /** What another program said about it. For the operator's log or terminal: an agent never gets it. */
  said?: string | undefined;
  cause?: unknown;
}

// Controls, format characters (bidi, zero width, tags, soft hyphen, BOM), separators, surrogates, private use, unassigned.
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Variation_Selector}\u115f\u1160\u3164\uffa0]/gu;
const MAX_SAID = 1_000;

/** `text` with what is invisible or moves the cursor written as `\u{…}`. */
export function showInvisible(text: string): string {
  return text.replace(UNSAFE, (c) => `\\u{${c.codePointAt(0)!.toString(16)}}`);
}

/** Base class. `message` is lower case, without a full stop; `hint` says what to do. */
export abstract class StateError extends Error {
  abstract readonly kind: ErrorKind;
  readonly hint: string | undefined;
  readonly remedy: Remedy | undefined;
  readonly details: ErrorDetails;
  readonly said: string | undefined;

  constructor(
    readonly code: ErrorCode,
    message: string,
    extras: ErrorExtras = {},
  ) {
    const { hint, remedy, details = {}, said, cause } = extras;
    // Paths, arguments and the environment come from elsewhere, too, and all of them end up here.
    super(showInvisible(message), cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.hint = hint === undefined ? undefined : showInvisible(hint);
    this.remedy = remedy;
    this.details = Object.fromEntries(Object.entries(details).map(([key, value]) => [key, shown(value)]));
    this.said = said === undefined ? undefined : showInvisible(withoutUriSecrets(said).slice(0, MAX_SAID));
  }

  get exitCode(): number {
    return EXIT_CODES[this.kind];
  }

  toJSON(): { code: ErrorCode; message: string; hint?: string; details: ErrorDetails } {
    return {
      code: this.code,
      message: this.message,
      ...(this.hint === undefined ? {} : { hint: this.hint }),
      details: this.details,
    };
  }
}

function shown(value: ErrorDetails[string]): ErrorDetails[string] {
  if (typeof value === 'string') return showInvisible(value);
  return Array.isArray(value) ? value.map(showInvisible) : value;
}

/** Text with the credentials, query and fragment of each URI in it taken out. */
function withoutUriSecrets(text: string): string {
  return text.replace(
    /\b([a-z][a-z0-9+.-]*:\/\/)(?:[^\s/?#"'<>]*@)?([^\s?#"'<>]*)([?#][^\s"'<>]*)?/gi,
    (_uri, scheme: string, place: string, rest?: string) =>
      `${scheme}${place}${rest === undefined ? '' : '?…'}`,
  );
}

/** What other programs said about `error` and what led to it, for a log or a terminal. */
export function saidAbout(error: unknown): string[] {
  if (!(error instanceof Error)) return [];
  const own = error instanceof StateError && error.said ? [error.said] : [];
  return [...own, ...saidAbout(error.cause)];
}

/** What we ourselves say about `error`: the message of anything else may quote what it was working on. */
export function ownWords(error: unknown): string {
  return error instanceof StateError ? error.message : 'an unexpected failure';
}

/** The caller corrects the call. */
export class UsageError extends StateError {
  readonly kind = 'usage';
}
/** The producer made a bad snapshot. */
export class FormatError extends StateError {
  readonly kind = 'format';
}
/** Nobody should go on: the evidence is wrong or incomplete. */
export class VerificationError extends StateError {
  readonly kind = 'verification';
}
/** A person may approve, or the operator has forbidden it. */
export class PolicyError extends StateError {
  readonly kind = 'policy';
}
/** Choose another strategy, or plan again. */
export class ConflictError extends StateError {
  readonly kind = 'conflict';
}
/** The operator acts, or the call is repeated. */
export class StoreError extends StateError {
  readonly kind = 'store';
}

/** By how a code begins. */
export const ERROR_CLASSES = {
  USAGE: UsageError,
  FORMAT: FormatError,
  VERIFY: VerificationError,
  POLICY: PolicyError,
  CONFLICT: ConflictError,
  STORE: StoreError,
} as const;
