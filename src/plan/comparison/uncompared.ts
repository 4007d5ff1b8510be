// What could not be compared between two states. Where nothing differs beside it, nobody can say that these are equal.
import { quoted } from '../../codec/safe-text.ts';
import type { State, StatedComponent } from './state-difference.ts';

/** A part of a state of which nobody knows whether it is the same. */
export interface UncomparedPart {
  /** What it is about: `code` is what Wassette runs in place of it, `running` what a Wassette that runs says. */
  about: 'tools' | 'secrets' | 'code' | 'running';
  /** Why it could not be compared. */
  why: string;
  /** What helps. */
  hint: string;
}

/** Something that could not be compared. */
export interface Uncompared extends UncomparedPart {
  /** Those that it is about; none where it is about the host. */
  component_ids: readonly string[];
}

/** What could not be compared: of the host, and of components, the same of several once. */
export function uncomparedBetween(from: State, to: State): Uncompared[] {
  const before = new Map(from.components.map((component) => [component.component_id, component]));
  const found = new Map<string, Uncompared & { component_ids: string[] }>();
  for (const component of to.components) {
    for (const part of partsOf(before.get(component.component_id), component)) {
      const key = JSON.stringify([part.about, part.why]);
      const known = found.get(key);
      if (known === undefined) found.set(key, { component_ids: [component.component_id], ...part });
      else known.component_ids.push(component.component_id);
    }
  }
  const ofHost = (to.unread ?? []).map((part) => ({ component_ids: [], ...part }));
  return [...ofHost, ...found.values()];
}

function partsOf(before: StatedComponent | undefined, after: StatedComponent): readonly UncomparedPart[] {
  // What does not say any secrets, such as a manifest, agrees on none in particular.
  const saysSecrets = before === undefined || before.secretNames !== null;
  const unread = (after.unread ?? []).filter(({ about }) => about !== 'secrets' || saysSecrets);
  return isUnsaid(before, after) ? [...unread, UNSAID_TOOLS] : unread;
}

/**
 * Whether only the state that is compared says what the tools of the same code are. Where only the other one does, nothing is
 * left to say but what the code itself says.
 */
function isUnsaid(before: StatedComponent | undefined, after: StatedComponent): boolean {
  if (before === undefined || before.code.sha256 !== after.code.sha256) return false;
  return (before.toolLists ?? []).length === 0 && (after.toolLists ?? []).length > 0;
}

const UNSAID_TOOLS: UncomparedPart = {
  about: 'tools',
  why: 'the snapshot does not say which tools were agreed on, and they cannot be read from its code',
  hint: 'export the state anew once Wassette has compiled it: then the snapshot says it',
};

/** @param file what cannot be read: a file in the secrets directory, or that directory */
export function unreadSecrets(file: string): UncomparedPart {
  return {
    about: 'secrets',
    why: `the names of its secrets cannot be read with certainty: ${quoted(file)}`,
    hint: 'compare as the user whose Wassette it is; "wassette secret set" writes a file anew that was written by hand',
  };
}

/** @param file its tool cache */
export function unreadToolCache(file: string): UncomparedPart {
  return {
    about: 'tools',
    why: `${quoted(file)} is not as Wassette writes it, and Wassette may list its tools by it`,
    hint: `remove ${quoted(file)}: Wassette makes it anew from the code`,
  };
}

/** @param file a tool cache beside what Wassette never loads */
export function unreadStrayCache(file: string): UncomparedPart {
  return {
    about: 'tools',
    why: `${quoted(file)} is not as Wassette writes it, and Wassette may list tools by it although it loads no code beside it`,
    hint: `remove ${quoted(file)}`,
  };
}

/** @param native the file of its native code @param code that of its code */
export function doubtfulNativeCode(native: string, code: string): UncomparedPart {
  return {
    about: 'code',
    why: `${quoted(native)} may be of other code: ${quoted(code)} changed later (content, name or attributes), and Wassette runs the one without a look at the other`,
    hint: `remove ${quoted(native)}: Wassette compiles the code anew`,
  };
}
