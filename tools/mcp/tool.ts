// The type of an MCP tool: static texts and schemas, and a handler that gets the operator's options. Neither this file nor a
// tool uses the MCP SDK; only server.ts does.
import type * as z from 'zod';
import type { OnProgress } from '../../src/disk/progress.ts';
import type { Answer } from '../../src/site/approval/approver.ts';
import type { Caller } from '../../src/state/audit/entry.ts';
import type { ServerOptions } from './server-options.ts';

interface ToolAnnotations {
  title: string;
  readOnlyHint: boolean;
  destructiveHint: boolean;
  idempotentHint: boolean;
  /** The operator decides about it, so `toolsFor` adds it. */
  openWorldHint?: boolean;
}

export interface ToolContext {
  server: ServerOptions;
  signal: AbortSignal;
  onProgress: OnProgress;
  /** Who calls, for the audit log. */
  caller: Caller;
  /** Whether the client can ask a person. */
  canAsk: boolean;
  /** Whether the client shows pages beside results (MCP Apps). */
  showsPages: boolean;
  /** Puts a yes-or-no question to the person at the client. No answer within ten minutes counts as no. */
  ask(question: string): Promise<Answer>;
}

export interface ToolResult<Output> {
  structured: Output;
  /** The essentials in words, for clients that show only text. */
  text: string;
  /** For the page of the tool, where the client shows one; a model does not see it. */
  forPage?: object;
}

export interface Tool<Input extends z.ZodType = z.ZodType, Output extends z.ZodType = z.ZodType> {
  name: string;
  title: string;
  description: string;
  input: Input;
  output: Output;
  annotations: ToolAnnotations;
  /** The page that shows its results, where a client shows pages. */
  page?: string;
  handle(input: z.infer<Input>, context: ToolContext): Promise<ToolResult<z.infer<Output>>>;
}

/** Ties the types of one tool together. */
export function defineTool<Input extends z.ZodType, Output extends z.ZodType>(
  tool: Tool<Input, Output>,
): Tool<Input, Output> {
  return tool;
}
