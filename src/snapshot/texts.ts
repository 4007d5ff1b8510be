// Every text of a document, with the place where it stands: what is written for others to read, but for code.
import { FORMAT_KEYS } from './schema.ts';
import type { SnapshotDocument } from './shape.ts';

/** One text of a document. */
export interface DocumentText {
  /** The index of the component it belongs to; null for what the document says of itself. */
  component: number | null;
  /** Where it stands: keys of the format and of JSON Schema by name, any other as `*`, since it is a text itself. */
  field: string;
  text: string;
}

/** In a tool's schema these keys say what the others are about: their text is read with the name of the property. */
const VALUE_KEYS: ReadonlySet<string> = new Set(['const', 'default', 'enum', 'example', 'examples']);

const KNOWN_KEYS: ReadonlySet<string> = new Set([
  ...FORMAT_KEYS,
  ...VALUE_KEYS,
  ...['name', 'title', 'type', 'format', 'inputSchema', 'outputSchema', 'annotations'],
  ...['properties', 'required', 'items', 'additionalProperties', 'anyOf', 'allOf', 'oneOf', '$defs'],
]);

/** Texts and numbers with their key, as `key: value`, and keys without one; a policy as it is. */
export function* textsOf({ components, ...document }: SnapshotDocument): Generator<DocumentText> {
  yield* textsIn(document, null, '', '');
  for (const [index, { policy, ...component }] of components.entries()) {
    yield* textsIn(component, index, '', '');
    if (!policy) continue;
    const { content, ...more } = policy;
    yield { component: index, field: 'policy', text: content };
    yield* textsIn(more, index, 'policy', '');
  }
}

/** @param name the key that says what `value` is */
function* textsIn(
  value: unknown,
  component: number | null,
  field: string,
  name: string,
): Generator<DocumentText> {
  if (typeof value === 'string' || typeof value === 'number') {
    yield { component, field, text: name === '' ? String(value) : `${name}: ${value}` };
  } else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield* textsIn(item, component, `${field}[${index}]`, name);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value)) {
      const isKnown = KNOWN_KEYS.has(key);
      const at = `${field === '' ? '' : `${field}.`}${isKnown ? key : '*'}`;
      if (!isKnown && typeof inner === 'object') yield { component, field: at, text: key };
      yield* textsIn(inner, component, at, VALUE_KEYS.has(key) ? name : key);
    }
  }
}
