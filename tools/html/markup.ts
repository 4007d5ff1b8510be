// Makes HTML in which no text can become anything but text: whatever is not markup by its type is escaped.
import { showInvisible } from '../../src/errors.ts';

/** A piece of HTML. */
export class Markup {
  constructor(readonly text: string) {}
}

type Part = Markup | string | number | null | readonly Markup[];

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Also for the value of an attribute in quotes. Line breaks stay; whatever else is invisible is written out. */
function escaped(text: string): string {
  const lines = text.split('\n').map(showInvisible);
  return lines.join('\n').replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}

/** HTML with values in it: texts are escaped, pieces of HTML are taken as they are, null is nothing. */
export function html(pieces: TemplateStringsArray, ...values: readonly Part[]): Markup {
  const shown = (value: Part | undefined) => {
    if (value === null || value === undefined) return '';
    if (value instanceof Markup) return value.text;
    return typeof value === 'object' ? value.map(({ text }) => text).join('') : escaped(String(value));
  };
  return new Markup(pieces.map((piece, i) => piece + shown(values[i])).join(''));
}
