// What a page for a reviewer says, as a value: the page in a file and the one inside an MCP client are both made of it.

/** Where in the result of a tool the page inside a client finds it. */
export const REVIEW_KEY = 'wassette-state/review';

export interface Review {
  title: string;
  /** In one line what happens. */
  summary: string;
  facts: readonly Fact[];
  /** The command that approves it, and what to say of it; null where there is none. */
  approving: { says: string; command: string } | null;
  blocks: readonly Block[];
  /** The last word; null where there is none. */
  end: string | null;
}

export interface Fact {
  label: string;
  value: string;
}

/** What a block is about, which decides how it looks: `aside` is small, and not printed. */
export type Tone = 'danger' | 'gain' | 'loss' | 'note' | 'plain' | 'aside';

export interface Block {
  tone: Tone;
  title: string;
  why: string | null;
  lines: readonly Line[];
}

export interface Line {
  /** The components that it is about, each as the plan names it. */
  subjects: readonly string[];
  text: string;
  /** Whether it is one of the lines for which a reviewer looks. */
  risky: boolean;
  /** Text as it is in a file, below the line. */
  file?: string;
}
