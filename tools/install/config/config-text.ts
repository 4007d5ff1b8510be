// A client's configuration as text that is changed in one place: everything else stays as it is, byte for byte.
import { isDeepStrictEqual } from 'node:util';
import { FormatError } from '../../../src/errors.ts';
import { jsonConfig } from './json-config.ts';
import { tomlConfig } from './toml-config.ts';

/** How a client reads its file; in `jsonc` there may be commas at an end, too. */
export type ConfigFormat = 'json' | 'json with comments' | 'jsonc' | 'toml';

export interface ConfigText {
  /** The entries by name. */
  readonly servers: Readonly<Record<string, unknown>>;
  /** One of them. @throws FormatError FORMAT_INVALID_CONFIG when it is there twice: clients differ in which one they take */
  entry(name: string): unknown;
  /** Whether there are comments inside one of them. */
  hasComments(name: string): boolean;
  /** Everything in it. */
  readonly content: unknown;
  /** The text with the entry set to `value`; undefined takes it out. */
  changed(name: string, value: object | undefined): string;
}

/** Where entries are, and what the file is called in errors. */
export interface ConfigPlace {
  file: string;
  format: ConfigFormat;
  /** The keys that lead to the entries. */
  keys: readonly string[];
}

/** @throws FormatError FORMAT_INVALID_CONFIG with line and column */
export function configText(text: string, place: ConfigPlace): ConfigText {
  return place.format === 'toml' ? tomlConfig(text, place) : jsonConfig(text, place);
}

/**
 * The text with one entry changed, checked by reading it again.
 * @throws FormatError FORMAT_INVALID_CONFIG when the file is written in a way that cannot be changed without touching more
 */
export function withEntry(text: string, place: ConfigPlace, name: string, value: object | undefined): string {
  const before = configText(text, place);
  const changed = before.changed(name, value);
  if (isChangedAsMeant(changed, before, place, name, value)) return changed;
  const { file, keys } = place;
  throw new FormatError(
    'FORMAT_INVALID_CONFIG',
    `${file}: ${[...keys, name].join('.')} is written in a way that cannot be changed without touching the rest`,
    { hint: 'change that entry by hand', details: { file } },
  );
}

function isChangedAsMeant(
  text: string,
  before: ConfigText,
  place: ConfigPlace,
  name: string,
  value: object | undefined,
): boolean {
  let after: ConfigText;
  try {
    after = configText(text, place);
  } catch {
    return false;
  }
  const isRestKept = isDeepStrictEqual(
    rest(after.content, place.keys, name),
    rest(before.content, place.keys, name),
  );
  return isRestKept && isDeepStrictEqual(plain(after.servers[name]), plain(value));
}

/** Without that entry; and an object that held nothing else is as good as none. */
function rest(content: unknown, keys: readonly string[], name: string): unknown {
  const [key = name, ...deeper] = keys;
  if (typeof content !== 'object' || content === null) return content;
  const { [key]: inner, ...others } = content as Record<string, unknown>;
  if (keys.length === 0) return others;
  const innerRest = rest(inner, deeper, name) as object | undefined;
  return innerRest === undefined || Object.keys(innerRest).length === 0
    ? others
    : { ...others, [key]: innerRest };
}

/** Parsers make objects of different prototypes. */
function plain(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value, withoutBigInts));
}

function withoutBigInts(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? Number(value) : value;
}
