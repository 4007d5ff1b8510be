// Text from elsewhere, made safe to show to a person or a model: clipped, and without anything invisible.
import { showInvisible } from '../errors.ts';
import { sha256Hex } from './digest.ts';

/** One line of at most `maxLength` characters; what is invisible or moves the cursor becomes `\u{…}`. */
export function safeText(text: string, maxLength = 200): string {
  const clipped = text.length > maxLength ? `${text.slice(0, maxLength - 1)}…` : text;
  return showInvisible(clipped);
}

// What Markdown or HTML could make something else of: a tag, a link, a code span, an entity, an escape, a formula.
const MARKUP = /[^\x20-\x7e]|["\\<>&`[\]!~|$]/g;

/**
 * `text`, whole, as a JSON string that stays one in a client that renders Markdown or HTML: ASCII, and what could hide
 * or join what stands beside it is written `\u00xx`. For what people approve.
 */
export function quotedWhole(text: string): string {
  return `"${text.replace(MARKUP, escaped)}"`;
}

/** The same with at most 80 characters of `text`; a hash stands for the rest. For errors. */
export function quoted(text: string): string {
  return text.length <= 80
    ? quotedWhole(text)
    : `${quotedWhole(text.slice(0, 80))}...(sha256 ${sha256Hex(text).slice(0, 16)})`;
}

/** One UTF-16 unit; a pair becomes two escapes, as JSON has it. */
function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
