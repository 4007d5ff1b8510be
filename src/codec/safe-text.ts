// Text from elsewhere, made safe to show to a person or a model: clipped, and without anything invisible.
import { sha256Hex } from './digest.ts';

// Controls, format characters (bidi, zero width, tags, soft hyphen, BOM), separators, surrogates, private use, unassigned.
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Variation_Selector}\u115f\u1160\u3164\uffa0]/gu;

/** One line of at most `maxLength` characters; what is invisible or moves the cursor becomes `\u{…}`. */
export function safeText(text: string, maxLength = 200): string {
  const clipped = text.length > maxLength ? `${text.slice(0, maxLength - 1)}…` : text;
  return clipped.replace(UNSAFE, (c) => `\\u{${c.codePointAt(0)!.toString(16)}}`);
}

/** An ASCII JSON string of at most 80 characters of `text`; a hash stands for the rest. For sentences people approve. */
export function quoted(text: string): string {
  const shown = text.length > 80 ? text.slice(0, 80) : text;
  const ascii = JSON.stringify(shown).replace(
    /[^\x20-\x7e]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return shown === text ? ascii : `${ascii}...(sha256 ${sha256Hex(text).slice(0, 16)})`;
}
