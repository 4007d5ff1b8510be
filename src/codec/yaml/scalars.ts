// What a plain scalar means to serde_yaml 0.9 in a field without a fixed type. In any other field the text itself counts.

type ScalarValue = null | boolean | bigint | number | string;

interface ScalarText {
  text: string;
  plain: boolean;
}

const INTEGER =
  /^(?<sign>[+-]?)(?:0x(?<hex>[0-9A-Fa-f]+)|0o(?<octal>[0-7]+)|0b(?<binary>[01]+)|(?<decimal>[0-9]+))$/;
const LEADING_ZERO = /^[+-]?0[0-9]+$/;
const DECIMAL = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/;

/** The value in an untagged field: integers as bigint, floats as number. */
export function scalarValue(scalar: ScalarText): ScalarValue {
  if (!scalar.plain) return scalar.text;
  if (isNull(scalar)) return null;
  return booleanValue(scalar) ?? integerValue(scalar.text) ?? floatValue(scalar.text) ?? scalar.text;
}

/** Whether an optional field counts as absent. */
export function isNull({ text, plain }: ScalarText): boolean {
  return plain && ['', '~', 'null', 'Null', 'NULL'].includes(text);
}

export function booleanValue({ text, plain }: ScalarText): boolean | null {
  if (!plain) return null;
  if (['true', 'True', 'TRUE'].includes(text)) return true;
  return ['false', 'False', 'FALSE'].includes(text) ? false : null;
}

/** A field of Rust type u64. */
export function unsignedValue({ text, plain }: ScalarText): bigint | null {
  return plain && !text.startsWith('-') ? integerValue(text) : null;
}

/** A number in Rust's decimal grammar, in which strings in limits are written; null for anything else. */
export function decimalValue(text: string): number | null {
  return DECIMAL.test(text) ? Number(text) : null;
}

/** Whether every reader takes the scalar for a string, even in a field without a fixed type. */
export function isText(scalar: ScalarText): boolean {
  return typeof scalarValue(scalar) === 'string';
}

function integerValue(text: string): bigint | null {
  const groups = LEADING_ZERO.test(text) ? undefined : INTEGER.exec(text)?.groups;
  if (groups === undefined) return null;
  const { sign, hex, octal, binary, decimal } = groups;
  const digits = hex ? `0x${hex}` : octal ? `0o${octal}` : binary ? `0b${binary}` : decimal!;
  return sign === '-' ? -BigInt(digits) : BigInt(digits);
}

function floatValue(text: string): number | null {
  if (/^[+-]?\.(inf|Inf|INF)$/.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  if (/^\.(nan|NaN|NAN)$/.test(text)) return Number.NaN;
  return LEADING_ZERO.test(text) ? null : decimalValue(text);
}
