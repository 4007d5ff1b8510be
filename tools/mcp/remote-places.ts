// What our tools say of places on other machines, where the operator has allowed some with `--allow-remote`.
import type * as z from 'zod';
import { safeText } from '../../src/codec/safe-text.ts';

/** The list of the tools is to stay short, however many prefixes there are. */
const MOST_LENGTH = 64;

/** Snapshots are only read over HTTP. */
const READ_ONLY = /^https?:/i;

/** By the name of a tool: its argument that is a reference, and which of the prefixes are for it. */
const ARGUMENTS: Record<string, { argument: string; isFor(prefix: string): boolean }> = {
  export_state: { argument: 'destination', isFor: (prefix) => !READ_ONLY.test(prefix) },
  import_state: { argument: 'snapshot', isFor: () => true },
};

/** Whether a tool reaches other machines: whatever is read may lie, or have its code, wherever the operator allows. */
export function isOpenWorld(name: string, allowRemote: readonly string[]): boolean {
  const { isFor = () => true } = ARGUMENTS[name] ?? {};
  return allowRemote.some(isFor);
}

/** The arguments of a tool, with what is allowed said where it is used. */
export function withRemotePlaces(
  name: string,
  input: z.ZodObject,
  allowRemote: readonly string[],
): z.ZodObject {
  const { argument, isFor } = ARGUMENTS[name] ?? {};
  const prefixes = isFor === undefined ? [] : allowRemote.filter(isFor);
  if (argument === undefined || prefixes.length === 0) return input;
  const described = input.shape[argument] as z.ZodType;
  return input.extend({
    [argument]: described.describe(`${described.description} Or below ${inShort(prefixes)}.`),
  });
}

function inShort(prefixes: readonly string[]): string {
  const whole = prefixes.join(' or ');
  if (whole.length <= MOST_LENGTH) return safeText(whole, MOST_LENGTH);
  const kinds = new Set(prefixes.map((prefix) => `${prefix.split(':', 1)[0]!.toLowerCase()}://…`));
  return `${[...kinds].join(', ')} as the operator allows`;
}
