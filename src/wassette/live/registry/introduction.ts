// What a process that wraps a Wassette says of itself to another one, before anything is asked of it.
import * as z from 'zod';
import { parseVersion, type WassetteVersion } from '../../../policy/wassette-versions.ts';

/** The version of all messages between our processes. */
export const MESSAGES_VERSION = 1;

export const GreetingSchema = z.strictObject({
  version: z.literal(MESSAGES_VERSION),
  token: z.string(),
  component_dir: z.string(),
});

export const IntroductionSchema = z.strictObject({
  version: z.literal(MESSAGES_VERSION),
  component_dir: z.string(),
  /** The process of the Wassette, or the one that started it. */
  pid: z.int().positive(),
  program: z.array(z.string()).nullable(),
  wassette_version: z.string().nullable(),
  /** Names of the variables that it could hand out. */
  environment: z.array(z.string()),
  secrets_dir: z.string(),
  /** Whether its session is open: before that, its Wassette cannot be called. */
  is_open: z.boolean(),
  /** False where its own tools are switched off, with which it is told what changes. */
  has_own_tools: z.boolean(),
  /** What its own agent may not do. */
  fences: z.strictObject({
    read_only: z.boolean(),
    never_widen: z.boolean(),
    /** Left out where the person at its client is asked. */
    approval: z.enum(['operator', 'signed']).optional(),
  }),
});
export type Introduction = z.infer<typeof IntroductionSchema>;

/** A change that an agent made through Wassette's own tools. */
export const NewsSchema = z.strictObject({ tool: z.string().max(128), component_id: z.string().max(128) });
export type News = z.infer<typeof NewsSchema>;

export function versionIn({ wassette_version }: Introduction): WassetteVersion | null {
  return wassette_version === null ? null : parseVersion(wassette_version);
}
