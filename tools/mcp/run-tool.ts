// Runs one call of one of our tools: checks the arguments, and turns errors into results.
import { StateError, saidAbout, showInvisible } from '../../src/errors.ts';
import { REVIEW_KEY } from '../html/review.ts';
import { PacedProgress } from '../paced-progress.ts';
import { readArguments } from './schema/arguments.ts';
import type { ServerOptions } from './server-options.ts';
import type { Tool, ToolContext } from './tool.ts';
import { describeUnexpected } from './unexpected.ts';

const PROGRESS_INTERVAL_MS = 200;

/** The result of `tools/call` in MCP, with at least one text. */
export interface CallResult {
  [key: string]: unknown;
  isError?: boolean;
  structuredContent?: Record<string, unknown>;
  content: { type: 'text'; text: string }[];
}

/** Runs a tool by its name, in this thread or another. */
export type RunTool = (name: string, input: unknown, context: ToolContext) => Promise<CallResult>;

/** Runs it in this thread; the name is one of `toolsFor`. */
export const runTool: RunTool = async (name, input, context) => {
  const { toolsFor } = await import('./index.ts');
  const tool = toolsFor(context.server).find((each) => each.name === name)!;
  const progress = new PacedProgress(context.onProgress, PROGRESS_INTERVAL_MS);
  try {
    const { structured, text, forPage } = await tool.handle(readArguments(tool, input), {
      ...context,
      onProgress: progress.report,
    });
    const structuredContent = tool.output.parse(structured) as Record<string, unknown>;
    const meta = forPage === undefined ? {} : { _meta: { [REVIEW_KEY]: forPage } };
    return { structuredContent, content: [{ type: 'text', text }], ...meta };
  } catch (error) {
    await recordRefusal(tool, input, context, error);
    const described = await describeError(error, tool, input, context.server);
    return { isError: true, content: [{ type: 'text', text: JSON.stringify(described) }] };
  } finally {
    progress.drop();
  }
};

/** The tools that change something, or plan to. */
const RECORDED = { export_state: 'export', import_state: 'import' } as const;

async function recordRefusal(
  { name }: Tool,
  input: unknown,
  { server, caller }: ToolContext,
  error: unknown,
): Promise<void> {
  if (!Object.hasOwn(RECORDED, name)) return;
  const { noteRefusal } = await import('../../src/audit.ts');
  const given = (input ?? {}) as Record<string, unknown>;
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
  const refused = {
    event: RECORDED[name as keyof typeof RECORDED],
    reference: text(given.snapshot) ?? text(given.destination),
    plan: text(given.approve),
  };
  await noteRefusal({ ...server.locations, caller }, refused, error);
}

async function describeError(
  error: unknown,
  tool: Tool,
  input: unknown,
  { locations, http }: ServerOptions,
): Promise<object> {
  if (error instanceof StateError) {
    for (const said of saidAbout(error)) console.error(`wassette-state: ${error.code}: ${said}`);
    const { hintFor } = await import('../remedies.ts');
    const { hostFlagsFor } = await import('../command-line.ts');
    const host = error.remedy === undefined ? {} : await hostFlagsFor({ ...locations, ...http });
    const named = (input as { snapshot?: unknown } | null)?.snapshot;
    const snapshot = typeof named === 'string' ? named : undefined;
    const hint = hintFor(error, { kind: 'agent', host, tool: tool.name, snapshot });
    return { ...error.toJSON(), ...(hint === undefined ? {} : { hint: showInvisible(hint) }) };
  }
  if (error instanceof Error && error.name === 'AbortError') {
    return { code: 'CANCELLED', message: 'the call was cancelled; nothing was changed', details: {} };
  }
  return describeUnexpected(error);
}
