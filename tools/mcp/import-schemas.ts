// The input and output schemas of the MCP tool `import_state`.
import * as z from 'zod';
import { LacksSchema, PAGE_SIZE, StepSchema } from './answers/plan-summary.ts';
import { names, sentences } from './schema/arguments.ts';

export const importStateInput = z.strictObject({
  snapshot: z.string().describe('From export_state: sha256:…, a name, a .json file, or a .yaml manifest.'),
  component_ids: names().optional().describe('Only these components. Default: all.'),
  skip_existing: z.boolean().default(false).describe('Leave alone what this host already has.'),
  remove_extra: z.boolean().default(false).describe('Remove components that only this host has.'),
  include_secrets: z.boolean().optional().describe('If the operator gave a key.'),
  approve: z.string().optional().describe('The plan_digest of the plan. Leave out to plan first.'),
  accept: sentences().optional().describe('With approve: every sentence of the plan, unchanged.'),
  page: z.int().min(1).default(1).describe(`Page of the steps, ${PAGE_SIZE} each, from 1.`),
});
export type ImportInput = z.infer<typeof importStateInput>;

const ApprovingSchema = z.looseObject({
  snapshot: z.string(),
  approve: z.string(),
  accept: z.array(z.string()).optional().describe('What is granted, in words.'),
});

/** What does not apply is left out. */
export const importStateOutput = z.looseObject({
  status: z.enum(['planned', 'applied', 'nothing_to_do', 'being_applied']),
  already_applied: z.boolean().optional(),
  import_id: z.string().optional(),
  summary: z.string(),
  plan_digest: z.string(),
  snapshot_digest: z.string(),
  nobody_is_asked: z.boolean().describe('Nobody can be asked: the approving call alone applies it.'),
  counts: z.looseObject({}),
  steps: z.array(StepSchema).describe('One page; changes first.'),
  page: z.int(),
  pages: z.int(),
  losses: z.array(z.string()),
  tools_stopping: z.array(z.string()),
  lacks: LacksSchema,
  warnings: z.array(z.string()),
  tools_available: z
    .array(z.string())
    .optional()
    .describe('Left out where Wassette has to be started first.'),
  undo_available: z.boolean(),
  next_step: z.object({ tool: z.string(), arguments: ApprovingSchema }).optional(),
});
export type ImportOutput = z.infer<typeof importStateOutput>;

/** Where the operator approves, by this command in a terminal: whether the client can ask changes nothing then. */
export const importStateOutputForOperator = importStateOutput
  .omit({ nobody_is_asked: true })
  .extend({ approve_command: z.string().optional() });
