// Every failure a user can meet: a class by who must act, a stable code, and what to do next.

import { type ErrorCode, type ErrorKind, EXIT_CODES } from './errors/codes.ts';
import { withoutSecrets } from './errors/foreign-text.ts';

export { ERROR_CODES, type ErrorCode, type ErrorKind, EXIT_CODES } from './errors/codes.ts';

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
  | { do: 'allow-finding'; ids: readonly string[] }
  | { do: 'accept-signer' }
  | { do: 'approve-in-writing' };

/** What an error says beside its code and message. */
export interface ErrorExtras {
  /** What to do next, for whoever reads the error. */
  hint?: string;
  remedy?: Remedy;
  /** Facts for a program. */
  details?: ErrorDetails;
  /** What another program said about it. For the operator's log or terminal: an agent never gets it. */
  said?: string | SaidPath | undefined;
  cause?: unknown;
}

/** What another program calls a path. It is kept as it is: its long folder names are no tokens. */
export interface SaidPath {
  /** What goes before it. */
  readonly words: string;
  readonly path: string;
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
    this.said = said === undefined ? undefined : showInvisible(shownWords(said).slice(0, MAX_SAID));
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

function shownWords(said: string | SaidPath): string {
  return typeof said === 'string' ? withoutSecrets(said.slice(0, MOST_READ)) : `${said.words} ${said.path}`;
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
 * const failure = await openSnapshot('ftp://host/tools.json').catch((error: unknown) => error);
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
const ERROR_CLASSES = {
  USAGE: UsageError,
  FORMAT: FormatError,
  VERIFY: VerificationError,
  POLICY: PolicyError,
  CONFLICT: ConflictError,
  STORE: StoreError,
} as const;

/** An error of the class that its code belongs to. */
export function errorOf(code: ErrorCode, message: string, extras: ErrorExtras): StateError {
  const [kind] = code.split('_', 1) as [keyof typeof ERROR_CLASSES];
  return new ERROR_CLASSES[kind](code, message, extras);
}
