// Times in an `allowed_signers` file. Without a Z they would mean another moment in each time zone, so here they have one.
import { invalidSigners, type LineOf } from './problem.ts';

const TIME = /^(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d)?)?Z$/;
const FORM = 'a time is YYYYMMDDZ or YYYYMMDDhhmm[ss]Z, in UTC';

/** @param option what it is the value of @throws FormatError FORMAT_INVALID_SIGNERS */
export function signerTime(text: string, option: string, at: LineOf): Date {
  if (/^(\d{8}|\d{12}|\d{14})$/.test(text))
    throw invalidSigners(at, `its ${option} depends on the time zone`, 'write a Z behind the time, for UTC');
  const parts = (TIME.exec(text) ?? []).slice(1).map((part) => Number(part ?? 0));
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts;
  const found = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  // The 31st of February would be a day in March. And OpenSSH takes the first moment of 1970 for none.
  if (year > 1970 && signerTimeText(found).startsWith(text.replace('Z', ''))) return found;
  throw invalidSigners(at, `its ${option} is no time`, FORM);
}

/** As `signerTime` reads it: `YYYYMMDDhhmmssZ`. */
export function signerTimeText(at: Date): string {
  return at.toISOString().replace(/[-:T]|\.\d+/g, '');
}
