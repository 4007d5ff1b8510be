// Reads the values of options: lists that are written with commas, pairs, and no option where a value belongs.
import { type Command, InvalidArgumentError } from 'commander';
import { secondsIn } from '../../../src/codec/span.ts';
import { listIn, pairsIn, splitPair } from '../../text-list.ts';

/** For an option that takes several values: comma-separated, or one at a time. */
export function list(text: string, previous: string[] = []): string[] {
  const items = listIn(text);
  if (items === null) throw new InvalidArgumentError('Write it as a,b or as ["a","b"].');
  if (items.length === 0) throw new InvalidArgumentError('It names nothing; leave the option out for all.');
  return [...previous, ...items];
}

/** The same for pairs. @param form how one is written */
export function pairList(form: string) {
  return (text: string, previous: string[] = []): string[] => {
    const pairs = pairsIn(text) ?? [];
    if (pairs.length === 0) throw new InvalidArgumentError(`Write it as ${form}.`);
    return [...previous, ...pairs];
  };
}

/** The same, by key; the last of a key counts. */
export function pairs(form: string) {
  const read = pairList(form);
  return (text: string, previous: Record<string, string> = {}): Record<string, string> => ({
    ...previous,
    ...Object.fromEntries(read(text).map(splitPair)),
  });
}

/** For one that may be given several times, whose values are taken as they are. */
export function collected(value: string, previous: string[] = []): string[] {
  return [...previous, value];
}

/** Has every option that needs a value refuse another option of its command: `--components --yes` lacks its list. */
export function refuseOptionsAsValues(command: Command): void {
  const names = new Set(command.options.flatMap(({ short, long }) => [short, long]));
  for (const option of command.options.filter(({ required }) => required)) {
    const read = option.parseArg;
    option.argParser((value: string, previous: unknown) => {
      if (!names.has(value.split('=', 1)[0])) return read === undefined ? value : read(value, previous);
      throw new InvalidArgumentError(`That is an option, and ${option.long} needs a value before it.`);
    });
  }
  for (const inner of command.commands) refuseOptionsAsValues(inner);
}

/** A moment: a date or time of ISO 8601, in UTC unless it says otherwise, or how long ago it was. */
export function sinceWhen(text: string): Date {
  const ago = secondsIn(text);
  if (ago !== null) return new Date(Date.now() - ago * 1_000);
  const [, date, time = '00:00', zone = 'Z'] =
    /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:\d\d)?)?$/.exec(text) ?? [];
  const moment = new Date(`${date}T${time}${zone}`);
  // 30 February would be a day in March.
  const isOfCalendar = new Date(`${date}T00:00Z`).toJSON()?.startsWith(date ?? '');
  if (!Number.isNaN(moment.getTime()) && isOfCalendar) return moment;
  throw new InvalidArgumentError('Write it as 2026-11-26, 2026-11-26T09:30Z, 90m, 24h or 7d.');
}

/** For how many are shown. */
export function fromOneOn(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Write a whole number from 1 on, such as 10.');
}

/** For a count. */
export function wholeNumber(text: string): number {
  if (/^(0|[1-9]\d{0,8})$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Write a whole number, such as 10.');
}
