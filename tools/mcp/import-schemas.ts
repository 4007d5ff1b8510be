// The input and output schemas of the MCP tool `import_state`.
import * as z from 'zod';
import { LacksSchema, PAGE_SIZE, StepSchema } from './plan-summary.ts';

export const importStateInput = z.strictObject({
  snapshot: z
    .string()
    .describe(
      'The reference from export_state: sha256:…, a name, or a .json file. A .yaml file is read as a Wassette deployment manifest.',
    ),
  component_ids: z
    .array(z.string())
    .max(10_000)
    .optional()
    .describe('Import only these components. Default: all.'),
  skip_existing: z.boolean().default(false).describe('Do not touch components that this host already has.'),
  remove_extra: z.boolean().default(false).describe('Remove components that only this host has.'),
  approve: z
    .string()
    .optional()
    .describe('The plan_digest of the plan that is approved. Leave out to get a plan first.'),
  accept: z
    .array(z.string())
    .max(200)
    .optional()
    .describe('With approve: every sentence of the plan, unchanged.'),
  page: z.int().min(1).default(1).describe(`Which page of the steps to list, ${PAGE_SIZE} a page.`),
});
export type ImportInput = z.infer<typeof importStateInput>;

/** The arguments of the approving call. */
const approvingInput = importStateInput.omit({ page: true }).required({ approve: true, accept: true });

export const importStateOutput = z.looseObject({
  status: z.enum(['planned', 'applied', 'nothing_to_do']),
  summary: z.string(),
  plan_digest: z.string(),
  snapshot_digest: z.string(),
  nobody_is_asked: z
    .boolean()
    .describe('True where this client cannot ask its user: the approving call alone applies the plan.'),
  counts: z.record(z.string(), z.int()),
  steps: z.array(StepSchema).describe('One page; changes first.'),
  page: z.int(),
  pages: z.int(),
  losses: z.array(z.string()).describe('What the plan takes away.'),
  tools_stopping: z.array(z.string()).describe('Tools that cannot be called any more afterwards.'),
  lacks: LacksSchema,
  warnings: z.array(z.string()),
  tools_available: z
    .array(z.string())
    .nullable()
    .describe(
      'Tools of the changed components that can be called now; null when Wassette has to be started first.',
    ),
  undo_available: z.boolean().describe('Whether the user can take it back in a terminal once it is applied.'),
  next_step: z
    .object({ tool: z.string(), arguments: approvingInput })
    .nullable()
    .describe('After a plan: the exact call that approves it. `accept` says in words what is granted.'),
});
export type ImportOutput = z.infer<typeof importStateOutput>;
