// The table of Wassette's own tools, and which of them the operator's flags hold back. Observed with 0.4.0 and 0.8.0, which
// have these twelve; when a component's tool has the name of one of them, both versions call their own.

/** `wassette_tools` is a rule of the operator's policy. */
export type FenceFlag =
  | '--never-widen'
  | '--read-only'
  | '--approval operator'
  | '--approval signed'
  | 'wassette_tools';

interface OwnTool {
  name: string;
  /** Whether it changes what Wassette runs, or under which permissions. */
  changes: boolean;
  /** Whether a component can do more afterwards than before. */
  widens: boolean;
  reason: string;
}

/** The tools that Wassette 0.4 to 0.8 has of its own. SECURITY.md shows this table. */
export const OWN_TOOLS: readonly OwnTool[] = [
  tool('load-component', 'widens', 'loads code, under the policy that is there for its name, or none'),
  tool('unload-component', 'changes', 'removes code and policy of a component'),
  tool('grant-storage-permission', 'widens', 'allows a directory'),
  tool('grant-network-permission', 'widens', 'allows a host'),
  tool('grant-environment-variable-permission', 'widens', 'allows a variable'),
  tool('revoke-storage-permission', 'changes', 'revokes a directory'),
  tool('revoke-network-permission', 'changes', 'revokes a host'),
  tool('revoke-environment-variable-permission', 'changes', 'revokes a variable'),
  tool(
    'reset-permission',
    'widens',
    'removes the policy; without one, up to 0.8.0, a component sees every variable',
  ),
  tool('list-components', 'asks', 'lists what is there'),
  tool('get-policy', 'asks', 'says where a policy is; loads what is in the directory, as a start does'),
  tool('search-components', 'asks', 'searches a built-in list'),
];

function tool(name: string, effect: 'widens' | 'changes' | 'asks', reason: string): OwnTool {
  return { name, changes: effect !== 'asks', widens: effect === 'widens', reason };
}

const BY_NAME = new Map(OWN_TOOLS.map((own) => [own.name, own]));
/** A tool of a later Wassette, which may do anything. */
const UNKNOWN = {
  changes: true,
  widens: true,
  reason: 'is a tool of Wassette that this version does not know',
};

export function isKnownOwn(name: string): boolean {
  return BY_NAME.has(name);
}

/**
 * How a later Wassette may call what changes something: what is done first, to what last. Tools of components begin with
 * the name of theirs.
 */
const CHANGING =
  /^(load|unload|install|uninstall|grant|revoke|reset|set|add|update|remove|delete)-(.*-)?(component|permission|polic(y|ie)|secret)s?$/;

/** Whether a call of that name may change what Wassette runs, or under which permissions. */
export function mayChange(name: string): boolean {
  return BY_NAME.get(name)?.changes ?? CHANGING.test(name);
}

/** Why a tool of Wassette's own is held back under `flag`, or null when it is not. */
export function reasonAgainst(name: string, flag: FenceFlag): string | null {
  const { changes, widens, reason } = BY_NAME.get(name) ?? UNKNOWN;
  return (flag === '--read-only' ? changes : widens) ? reason : null;
}

/** Whether a tool may be Wassette's own by its name alone, for when nobody can tell whose it is. */
export function looksOwn(name: string): boolean {
  return /^(load|unload|grant|revoke|reset)-|-(component|permission|policy|secret)s?$/.test(name);
}
