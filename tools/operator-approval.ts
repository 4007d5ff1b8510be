// What everybody is told who relies on an approval in a terminal.

/** The limit of `--approval operator`. */
export const WHAT_A_TERMINAL_PROVES =
  'a terminal proves no person: an agent with a shell as the same user can approve for itself, and can write into the component directory without asking; only another user or a container keeps it from that';
