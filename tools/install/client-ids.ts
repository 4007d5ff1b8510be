// The clients that can be set up, by the names that a person types.

export const CLIENT_IDS = [
  'claude-code',
  'vscode',
  'cursor',
  'copilot-cli',
  'codex',
  'gemini-cli',
  'opencode',
  'claude-desktop',
  'windsurf',
  'zed',
] as const;
export type ClientId = (typeof CLIENT_IDS)[number];
