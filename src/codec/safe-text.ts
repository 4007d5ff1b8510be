// Makes text from elsewhere safe to show to a person or a model: clipped, with nothing invisible in it.
import { showInvisible } from '../errors.ts';
import { sha256Hex } from './digest.ts';

/** One line of at most `maxLength` characters; whatever is invisible or moves the cursor becomes `\u{…}`. */
export function safeText(text: string, maxLength = 200): string {
  const clipped = text.length > maxLength ? `${text.slice(0, maxLength - 1)}…` : text;
  return showInvisible(clipped);
}

// Characters with a meaning in Markdown or HTML: of a tag, a link, a code span, an entity, an escape, a formula.
const MARKUP = /[^\x20-\x7e]|["\\<>&`[\]!~|$]/g;

/**
 * All of `text` as a JSON string that looks the same in a client that renders Markdown or HTML: ASCII only, and
 * characters with a meaning there are written `\u00xx`. For what people approve.
 */
export function quotedWhole(text: string): string {
  return `"${text.replace(MARKUP, escaped)}"`;
}

/** The same with at most 80 characters of `text`, and a hash in place of the rest. For errors. */
export function quoted(text: string): string {
  return text.length <= 80
    ? quotedWhole(text)
    : `${quotedWhole(text.slice(0, 80))}...(sha256 ${sha256Hex(text).slice(0, 16)})`;
}

/** Escapes one UTF-16 unit; a surrogate pair becomes two escapes, as in JSON. */
function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
