// The audit log of a state directory, read and checked; and what is refused, recorded where a call ends.
import { beginningOfDigest } from './codec/digest.ts';
import { UsageError } from './errors.ts';
import { plainReference, type Reference, referenceTo } from './places/reference.ts';
import { type CommonOptions, openSite } from './site/site.ts';
import type { AuditEntry } from './state/audit/entry.ts';
import { codeOf } from './state/audit/line.ts';
import { type AuditCheck, type AuditLine, checkAuditLog, readAuditLines } from './state/audit/reading.ts';

/** Which lines are read. */
export interface AuditOptions extends CommonOptions {
  /** Lines before this time are left out. */
  since?: Date | undefined;
}

/**
 * Reads the audit log of a state directory, oldest line first: exports, copies, fetched code, plans, approvals, imports, undos,
 * recoveries and refusals, with digests, ids, who asked and who approved; never a policy or a secret (FORMAT.md, F-18). It is about every
 * component directory with which this state directory was used. What it says of clients is their own word.
 * @throws StoreError STORE_DENIED, STORE_UNSAFE_FILE, STORE_IO
 * @throws FormatError FORMAT_LIMIT_EXCEEDED
 * @example
 * ```ts
 * import { auditLog } from 'wassette-state';
 *
 * const lines = await auditLog({ since: new Date('2026-11-26T09:30:00Z') });
 * const refused = lines.filter(({ record }) => record?.result === 'refused');
 * console.log(refused.length); // 0
 * ```
 */
export async function auditLog(options: AuditOptions = {}): Promise<readonly AuditLine[]> {
  const { host } = await openSite(options);
  const lines = await readAuditLines(host.state);
  const since = options.since?.toISOString();
  // A line that cannot be read is left out only with all that are certainly older.
  const first =
    since === undefined ? 0 : lines.findIndex(({ record }) => record !== null && record.time >= since);
  return first < 0 ? [] : lines.slice(first);
}

/**
 * Checks that each line of the audit log follows from the one before it, over all files. That it does proves that nobody
 * changed, added or removed a line in the middle without writing all later lines anew, which whoever may write the files
 * can: compare `head` with one that was kept elsewhere.
 * @throws StoreError STORE_DENIED, STORE_UNSAFE_FILE, STORE_IO
 * @throws FormatError FORMAT_LIMIT_EXCEEDED
 * @example
 * ```ts
 * import { verifyAuditLog } from 'wassette-state';
 *
 * const { holds, breaks } = await verifyAuditLog();
 * console.log(holds, breaks.length); // true 0
 * ```
 */
export async function verifyAuditLog(options: CommonOptions = {}): Promise<AuditCheck> {
  const { host } = await openSite(options);
  return checkAuditLog(host.state);
}

/** What was asked for, and refused. */
interface Refused {
  event: AuditEntry['event'];
  /** The reference as it was given. */
  reference?: string | Reference | undefined;
  /** The digest of the plan that was to be approved. */
  plan?: string | undefined;
}

/** Notes that `error` ended a call. Nothing is said of a log that cannot be written: the error has to be told. */
export async function noteRefusal(options: CommonOptions, refused: Refused, error: unknown): Promise<void> {
  const site = await openSite(options).catch(() => null); // with a configuration that cannot be read
  if (site === null) return;
  const { plan } = refused;
  await site.host.log.note({
    event: refused.event,
    result: 'refused',
    code: codeOf(error),
    reference: refused.reference === undefined ? undefined : referenceIn(refused.reference),
    ...(plan !== undefined && beginningOfDigest(plan) !== null ? { plan } : {}),
  });
}

/** What is no reference could be anything, and is not recorded. */
function referenceIn(given: string | Reference): string | undefined {
  try {
    return plainReference(referenceTo(given));
  } catch (error) {
    if (error instanceof UsageError) return undefined;
    throw error;
  }
}
