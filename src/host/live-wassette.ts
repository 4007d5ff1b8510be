// A Wassette that is running, as far as an import needs it: its own tools, called.

/** What a tool answered; `text` is its first text block. */
export interface ToolAnswer {
  isError: boolean;
  text: string;
}

export interface LiveWassette {
  /** @throws StoreError when it cannot be reached or does not answer like a Wassette */
  callTool(name: string, args: Readonly<Record<string, unknown>>, signal?: AbortSignal): Promise<ToolAnswer>;
}
