// Reads the arguments of a call. Callers differ in how they say the same thing, and what is accepted is wider than what is
// advertised, by these rules:
// - null, an empty text, an empty list and an empty object are as good as left out;
// - where no text is asked for, one that is JSON (true, 2, ["a"], {"k": "v"}, null) is that value;
// - a list of names may be one text with commas between them; a list of sentences may be one sentence;
// - what is pairs may be a list of key=value, or an object.
import * as z from 'zod';
import { safeText } from '../../../src/codec/safe-text.ts';
import { nearest } from '../../../src/codec/suggestion.ts';
import { UsageError } from '../../../src/errors.ts';
import { listIn, pairsIn } from '../../text-list.ts';
import type { Tool } from '../tool.ts';

const SHOWN_PROBLEMS = 5;
const TOLD_PROBLEMS = 20;

/** A list of names or pairs, which have no commas in them. */
export const names = () => z.array(z.string()).max(10_000);

/** A list of texts that may have commas in them. */
export const sentences = () =>
  z
    .array(z.string())
    .max(200)
    .meta({ [WHOLE]: true });
const WHOLE = 'whole';

/** Pairs of key and value, advertised as a list of texts, for clients that take no object with any keys. */
export const pairs = (keyLength: number, valueLength: number) =>
  z.record(z.string().max(keyLength), z.string().max(valueLength));

/** Pairs as they are advertised, unless only an object can say them. */
export function listed(pairs: Readonly<Record<string, string>>): readonly string[] | object {
  const entries = Object.entries(pairs);
  const isSayable = entries.every(([key]) => key !== '' && !key.includes('='));
  return isSayable ? entries.map(([key, value]) => `${key}=${value}`) : pairs;
}

type Schema = z.core.$ZodType;
type Shape = Readonly<Record<string, Schema>>;

/** The arguments of `tool`, as its schema has them. @throws UsageError USAGE_BAD_ARGUMENT that names every wrong argument */
export function readArguments<Input extends z.ZodType>(
  { name, input }: Pick<Tool<Input>, 'name' | 'input'>,
  given: unknown,
): z.infer<Input> {
  const { shape } = input as unknown as z.ZodObject;
  const parsed = input.safeParse(plainArguments(given, shape), { reportInput: true });
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => safeText(problemOf(issue, shape), 400));
  const more = problems.length > SHOWN_PROBLEMS ? `; and ${problems.length - SHOWN_PROBLEMS} more` : '';
  throw new UsageError(
    'USAGE_BAD_ARGUMENT',
    `wrong arguments for ${name}: ${problems.slice(0, SHOWN_PROBLEMS).join('; ')}${more}`,
    {
      hint: `${name} takes ${Object.keys(shape).join(', ')}; see its input schema`,
      details: { problems: problems.slice(0, TOLD_PROBLEMS) },
    },
  );
}

function plainArguments(given: unknown, shape: Shape): unknown {
  const value = fromJson(given, isObject);
  if (isNothing(value)) return {};
  if (!isObject(value)) return value;
  const known = Object.entries(value).flatMap(([key, each]) => {
    const schema = Object.hasOwn(shape, key) ? shape[key] : undefined;
    if (schema === undefined) return [[key, each]];
    const plain = isNothing(each) ? each : plainValue(each, innermost(schema));
    return isNothing(plain) ? [] : [[key, plain]];
  });
  return Object.fromEntries(known);
}

function plainValue(given: unknown, schema: Schema): unknown {
  switch (schema._zod.def.type) {
    case 'boolean':
      // As Python writes it, too.
      return given === 'True' || given === 'False' ? given === 'True' : fromJson(given, isBoolean);
    case 'number':
      return fromJson(given, (value) => typeof value === 'number');
    case 'array':
      return plainList(given, z.globalRegistry.get(schema)?.[WHOLE] === true);
    case 'record':
      return plainPairs(given);
    default:
      return given;
  }
}

function plainList(given: unknown, isWhole: boolean): unknown {
  const list = fromJson(given, Array.isArray);
  if (typeof list !== 'string') return list;
  const parts = listIn(list) ?? [];
  return isWhole || parts.length === 0 ? [list] : parts;
}

/** Left as it is where it cannot be read as pairs, or says two things of one key. */
function plainPairs(given: unknown): unknown {
  const value = fromJson(given, isObject);
  const list = typeof value === 'string' ? (pairsIn(value) ?? value) : value;
  if (!Array.isArray(list)) return list;
  const read = list.map((each) => (typeof each === 'string' ? /^([^=]+)=(.*)$/s.exec(each) : null));
  const keys = new Set(read.map((pair) => pair?.[1]));
  if (read.includes(null) || keys.size < read.length) return list;
  return Object.fromEntries(read.map((pair) => [pair![1], pair![2]]));
}

/** What the text `given` says in JSON, if that is null or what is asked for; else `given`. */
function fromJson(given: unknown, isAskedFor: (value: unknown) => boolean): unknown {
  if (typeof given !== 'string') return given;
  try {
    const value: unknown = JSON.parse(given);
    return value === null || isAskedFor(value) ? value : given;
  } catch {
    return given;
  }
}

function isNothing(value: unknown): boolean {
  if (value === null || value === undefined || value === '') return true;
  if (Array.isArray(value)) return value.length === 0;
  return isObject(value) && Object.keys(value).length === 0;
}

function isBoolean(value: unknown): boolean {
  return typeof value === 'boolean';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Without what says that it may be left out. */
function innermost(schema: Schema): Schema {
  const { innerType } = schema._zod.def as { innerType?: Schema };
  return innerType === undefined ? schema : innermost(innerType);
}

const KINDS: Record<string, string> = {
  string: 'text',
  boolean: 'true or false',
  number: 'a number',
  int: 'a whole number',
  array: 'a list of texts',
  record: 'a list of key=value, each key once',
  object: 'an object',
};

/** In our words: zod's are for programmers. */
function problemOf(issue: z.core.$ZodIssue, shape: Shape): string {
  const where = issue.path.length === 0 ? 'the arguments' : issue.path.map(String).join('.');
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownArgument(key, shape)).join('; ');
    case 'invalid_type':
      return issue.input === undefined
        ? `${where} must be given`
        : `${where} must be ${KINDS[issue.expected] ?? issue.expected}, not ${kindOf(issue.input)}`;
    case 'invalid_value':
      return `${where} must be one of ${issue.values.map((value) => JSON.stringify(value)).join(', ')}`;
    case 'too_small':
      return `${where} must be at least ${issue.minimum}`;
    case 'too_big':
      return `${where} ${tooBig(issue)}`;
    case 'invalid_key':
      return `a key of ${issue.path.slice(0, -1).map(String).join('.')} ${issue.issues.map((each) => (each.code === 'too_big' ? tooBig(each) : 'is not valid')).join('; ')}`;
    default:
      return `${where} is not valid`;
  }
}

function unknownArgument(key: string, shape: Shape): string {
  const similar = nearest(key, Object.keys(shape));
  const hint = similar === null ? '' : `; did you mean ${similar}?`;
  return `there is no argument ${JSON.stringify(safeText(key, 80))}${hint}`;
}

function tooBig({ origin, maximum }: z.core.$ZodIssueTooBig): string {
  if (origin === 'string') return `must have at most ${maximum} characters`;
  return origin === 'array' ? `must have at most ${maximum} items` : `must be at most ${maximum}`;
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'string') return `the text ${JSON.stringify(safeText(value, 40))}`;
  return typeof value === 'object' ? 'an object' : `the ${typeof value} ${String(value)}`;
}
