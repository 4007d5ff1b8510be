// One line of the audit log: what it says, and how it is chained to the one before (FORMAT.md F-18.2, F-18.3).
import * as z from 'zod';
import { asciiJson } from '../../codec/json/ascii.ts';
import { COMPILED } from '../../codec/json/checking.ts';
import { parsedJson } from '../../codec/json/parsed.ts';
import { utf8Text } from '../../codec/utf8.ts';
import { StateError } from '../../errors.ts';
import { actionOf, type ComponentChange } from '../../plan/file-kinds.ts';
import type { AuditEntry, AuditRecord, Caller } from './entry.ts';

const VERSION = 1;
/** Components that a line names; it counts all. */
const MOST_COMPONENTS = 50;
/** Of text that comes from elsewhere. */
const MOST_CHARACTERS = 1_000;
const MOST_OF_A_NAME = 100;

/** What a line says of another one that was not written to its end. */
const TORN = { event: 'torn-line', result: 'found' } as const;

const LineSchema = z.looseObject({
  version: z.int().positive(),
  time: z.string(),
  event: z.string(),
  result: z.string(),
  previous_sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullable(),
});
const AuditRecordSchema = LineSchema.extend({
  asked_by: z
    .object({
      by: z.string(),
      client: z.string().optional(),
      client_version: z.string().optional(),
      user: z.number().nullable(),
    })
    .optional(),
  code: z.string().optional(),
  component_dir: z.string().optional(),
  reference: z.string().optional(),
  snapshot: z.string().optional(),
  copied_from: z.string().optional(),
  state: z.string().optional(),
  plan: z.string().optional(),
  import: z.string().optional(),
  reverts: z.string().optional(),
  state_before: z.string().optional(),
  state_after: z.string().optional(),
  approved: z.object({ how: z.string(), by: z.string().optional() }).optional(),
  components: z.array(z.object({ id: z.string(), action: z.string().optional() })).optional(),
  component_count: z.number().optional(),
  signers_file: z.string().optional(),
  signers: z
    .array(z.object({ fingerprint: z.string(), names: z.array(z.string()), namespaces: z.string() }))
    .optional(),
}) satisfies z.ZodType<AuditRecord>;
/** Links a line to the one before. */
export interface Chaining {
  time: string;
  /** Hash of the line before, its line end included; null for the first. */
  previous: string | null;
}

/** A line for what `caller` asked for, with its line end. */
export function lineFor(entry: AuditEntry, caller: Caller, chaining: Chaining): string {
  const { event, result, reference, copied_from, components, approved, signers, ...others } = entry;
  const { by, client, client_version } = caller;
  const user = process.getuid?.() ?? null;
  const named = {
    client: clipped(client, MOST_OF_A_NAME),
    client_version: clipped(client_version, MOST_OF_A_NAME),
  };
  return chained(
    {
      event,
      result,
      asked_by: { by, ...named, user },
      ...others,
      reference: clipped(reference, MOST_CHARACTERS),
      copied_from: clipped(copied_from, MOST_CHARACTERS),
      approved: approved && { how: approved.how, by: clipped(approved.by, MOST_CHARACTERS) },
      components: components?.slice(0, MOST_COMPONENTS),
      component_count: components?.length,
      signers: signers?.slice(0, MOST_COMPONENTS),
    },
    chaining,
  );
}

/** A line which says that the one before was not written to its end. */
export function tornLineNote(chaining: Chaining): string {
  return chained(TORN, chaining);
}

function chained(said: object, { time, previous }: Chaining): string {
  return `${asciiJson({ version: VERSION, time, ...said, previous_sha256: previous })}\n`;
}

function clipped(text: string | undefined, most: number): string | undefined {
  return text === undefined || text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}

/** Which components change, and how. */
export function componentsIn(changes: readonly ComponentChange[]): NonNullable<AuditEntry['components']> {
  return changes.map((change) => ({ id: change.component_id, action: actionOf(change) }));
}

/** What a line says of an error: its code, never its words. */
export function codeOf(error: unknown): string {
  if (error instanceof StateError) return error.code;
  return error instanceof Error && error.name === 'AbortError' ? 'CANCELLED' : 'INTERNAL';
}

/** What a line says, its line end taken off; null where it is none of ours. @param how for one of many by default */
export function recordIn(line: Buffer, how = COMPILED): AuditRecord | null {
  const text = utf8Text(line);
  const value = text === undefined ? undefined : parsedJson(text);
  // A later version may say more, or other things in these fields; the chain is the same.
  return AuditRecordSchema.safeParse(value, how).data ?? LineSchema.safeParse(value, how).data ?? null;
}

export function isTornLineNote({ event }: AuditRecord): boolean {
  return event === TORN.event;
}
