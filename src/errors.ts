// Every failure a user can meet: a class by who must act, a stable code, and what to do next.
// Codes are part of the interface: documented in docs/errors.md, matched by tests, never renamed.
import { withoutSecrets } from './errors/foreign-text.ts';

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
  FORMAT_INVALID_OPERATOR_POLICY: "the operator's policy cannot be read, or is not complete",
  FORMAT_NOT_A_COMPONENT: 'the bytes are not a complete WebAssembly component',
  FORMAT_INVALID_CONFIG: "an MCP client's configuration file cannot be read, or has our entry twice",
  FORMAT_INVALID_SIGNATURE: 'a signature has another form than FORMAT.md allows',
  FORMAT_INVALID_SECRETS:
    'sealed secrets are not a SOPS document as FORMAT.md has it, or secrets cannot be sealed',
  FORMAT_INVALID_KEY:
    'a key cannot be read, is of a kind that is not taken here, or the passphrase of a signing key is wrong',
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
  VERIFY_NOT_LOADED: 'a component does not load in the running Wassette, so the import was taken back',
  POLICY_APPROVAL_REQUIRED: 'somebody has to approve the plan first',
  POLICY_APPROVAL_VOID: 'an approval was changed, copied or put back, so it does not count',
  POLICY_NO_TERMINAL: 'only a person at a terminal can do this, and there is no terminal',
  POLICY_DECLINED: 'the person asked did not approve',
  POLICY_WIDENED: 'the plan allows more than before and the operator forbids that',
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
  STORE_EXISTS: 'an existing file is not a snapshot and is not replaced',
  STORE_LOCKED: 'another wassette-state is at work in the component directory',
  STORE_BUSY: 'a Wassette is running on the component directory',
  STORE_UNREACHABLE:
    'the running Wassette cannot be reached, does not answer as one, or has its tools switched off',
  STORE_NO_WASSETTE: 'no Wassette is installed where it was looked for, or what is there is not Wassette',
  STORE_OTHER_HOST:
    'the running Wassette does not work on the component directory, or calls it by another path',
  STORE_CHANGING: 'a file keeps changing while it is read',
  STORE_UNSAFE_FILE: 'a symbolic link, device or directory stands where a file should be',
  STORE_UNTRUSTED_FILE: "somebody else than the operator could change the operator's policy",
  STORE_UNSUPPORTED: 'this cannot be done to this kind of component directory, or only by its Wassette',
  STORE_INTERRUPTED: 'an interrupted import cannot be finished because somebody changed a file',
  STORE_DAMAGED: 'one of our files in the state directory cannot be read',
  STORE_DENIED: 'the operating system denies access, or ownership cannot be kept',
  STORE_NO_SPACE: 'the disk is full',
  STORE_IO: 'reading or writing failed',
} as const;
/** Stable: matched by callers, never renamed. */
export type ErrorCode = keyof typeof ERROR_CODES;

/** JSON-safe facts about a failure: names, digests, line numbers; never secret values. */
export type ErrorDetails = Record<string, string | number | boolean | null | readonly string[]>;

/**
 * What helps, where the words depend on who reads them: a `hint` names no command, option or tool. `tools/remedies.ts`
 * has the words of the command line and of the tools.
 */
export type Remedy =
  | { do: 'recover'; stateDir?: string }
  | { do: 'abandon' }
  | { do: 'recover-or-abandon' }
  | { do: 'undo' }
  | { do: 'plan-again' }
  | { do: 'approve'; digest: string }
  | { do: 'approve-in-terminal'; digest: string }
  | { do: 'leave-out'; others?: readonly string[] }
  | { do: 'take-grant'; grant: string }
  | { do: 'import-in-terminal' }
  | { do: 'override-running' }
  | { do: 'carry-code' }
  | { do: 'fetch-code' }
  | { do: 'name-directories' }
  | { do: 'find-components' }
  | { do: 'allow-remote' }
  | { do: 'allow-dir' }
  | { do: 'allow-finding'; ids: readonly string[] };

/** What an error says beside its code and message. */
export interface ErrorExtras {
  /** What to do next, for whoever reads the error. */
  hint?: string;
  remedy?: Remedy;
  /** Facts for a program. */
  details?: ErrorDetails;
  /** What another program said about it. For the operator's log or terminal: an agent never gets it. */
  said?: string | undefined;
  cause?: unknown;
}

// Controls, format characters (bidi, zero width, tags, soft hyphen, BOM), separators, surrogates, private use, unassigned.
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Variation_Selector}\u115f\u1160\u3164\uffa0]/gu;
const MAX_SAID = 1_000;
/** Of what a program said, before it is shortened. */
const MOST_READ = 8 * MAX_SAID;

/** `text` with what is invisible or moves the cursor written as `\u{…}`. */
export function showInvisible(text: string): string {
  return text.replace(UNSAFE, (c) => `\\u{${c.codePointAt(0)!.toString(16)}}`);
}

/**
 * Base class of everything the library throws on purpose. `message` is lower case, without a full stop.
 * @example
 * ```ts
 * import { planUndo, StateError } from 'wassette-state';
 *
 * try {
 *   await planUndo({ componentDir: './other' });
 * } catch (error) {
 *   if (!(error instanceof StateError)) throw error;
 *   console.log(error.kind, error.code, error.exitCode); // store STORE_NOT_FOUND 7
 * }
 * ```
 */
export abstract class StateError extends Error {
  /** Who must act. */
  abstract readonly kind: ErrorKind;
  /** What to do next. */
  readonly hint: string | undefined;
  /** What helps, for a program that puts it into words of its own. */
  readonly remedy: Remedy | undefined;
  /** Facts for a program. */
  readonly details: ErrorDetails;
  /** What another program said about it. For a log or a terminal: do not hand it to an agent. */
  readonly said: string | undefined;

  constructor(
    /** Stable, to be matched. */
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
    this.said =
      said === undefined
        ? undefined
        : showInvisible(withoutSecrets(said.slice(0, MOST_READ)).slice(0, MAX_SAID));
  }

  /** What the command line ends with for it. */
  get exitCode(): number {
    return EXIT_CODES[this.kind];
  }

  /** What may be shown to anybody: without `said`, `cause` and the stack. */
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

/**
 * The caller corrects the call.
 * @example
 * ```ts
 * import { openSnapshot, UsageError } from 'wassette-state';
 *
 * const failure = await openSnapshot('s3://bucket/tools.json').catch((error: unknown) => error);
 * if (failure instanceof UsageError) console.log(failure.code); // USAGE_UNSUPPORTED_URI
 * ```
 */
export class UsageError extends StateError {
  readonly kind = 'usage';
}
/**
 * The producer made a bad snapshot.
 * @example
 * ```ts
 * import { FormatError, Snapshot } from 'wassette-state';
 *
 * const failure = await Snapshot.fromJson('{"version": 9}').catch((error: unknown) => error);
 * if (failure instanceof FormatError) console.log(failure.code); // FORMAT_UNSUPPORTED_VERSION
 * ```
 */
export class FormatError extends StateError {
  readonly kind = 'format';
}
/**
 * Nobody should go on: the evidence is wrong or incomplete.
 * @example
 * ```ts
 * import { Snapshot, VerificationError } from 'wassette-state';
 *
 * const text = await (await Snapshot.loadFromFile('tools.json')).toJson();
 * const changed = text.replace('api.weather.example', 'elsewhere.example');
 * const failure = await Snapshot.fromJson(changed).catch((error: unknown) => error);
 * if (failure instanceof VerificationError) console.log(failure.code); // VERIFY_DIGEST_MISMATCH
 * ```
 */
export class VerificationError extends StateError {
  readonly kind = 'verification';
}
/**
 * A person may approve, or the operator has forbidden it.
 * @example
 * ```ts
 * import { openSnapshot, PolicyError } from 'wassette-state';
 *
 * const options = { allowDirs: ['/srv/snapshots'] };
 * const failure = await openSnapshot('tools.json', options).catch((error: unknown) => error);
 * if (failure instanceof PolicyError) console.log(failure.code); // POLICY_OUTSIDE_FENCE
 * ```
 */
export class PolicyError extends StateError {
  readonly kind = 'policy';
}
/**
 * Choose another strategy, or plan again.
 * @example
 * ```ts
 * import { ConflictError, importState, openSnapshot, planImportState } from 'wassette-state';
 *
 * const here = { componentDir: './other' };
 * const snapshot = await openSnapshot('tools.json', here);
 * const { digest, nonce } = await planImportState(snapshot, here);
 * const approval = { approve: digest, accept: [], nonce }; // none of its sentences
 * const failure = await importState(snapshot, { ...here, approval }).catch((error: unknown) => error);
 * if (failure instanceof ConflictError) console.log(failure.code); // CONFLICT_APPROVAL_MISMATCH
 * ```
 */
export class ConflictError extends StateError {
  readonly kind = 'conflict';
}
/**
 * The operator acts, or the call is repeated.
 * @example
 * ```ts
 * import { openSnapshot, StoreError } from 'wassette-state';
 *
 * const failure = await openSnapshot('missing.json').catch((error: unknown) => error);
 * if (failure instanceof StoreError) console.log(failure.code); // STORE_NOT_FOUND
 * ```
 */
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
