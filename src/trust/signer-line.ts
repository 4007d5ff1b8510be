// One line of an `allowed_signers` file: names, options, a public key and perhaps a comment. It is read more strictly than
// ssh-keygen reads it, which leaves a line out when it cannot.
import { PublicKey } from '../codec/keys/public-key.ts';
import { type FormatError, StateError, showInvisible } from '../errors.ts';
import { invalidSigners, type LineOf } from './problem.ts';
import { isOnlyAnybody, nameProblem } from './signer-name.ts';
import { signerTime } from './signer-time.ts';

/** A key that is accepted, for what and when. */
export interface AllowedSigner {
  /** Who it is said to be; some may be patterns, as `*@example.com`. */
  readonly names: readonly string[];
  readonly key: PublicKey;
  /** What it may sign: patterns after commas, as `wassette-state,git`. */
  readonly namespaces: string;
  /** Null where it has always been valid. */
  readonly validAfter: Date | null;
  /** The last moment; null where it stays valid. */
  readonly validBefore: Date | null;
  /** Where it stands in the file, from 1. */
  readonly line: number;
}

interface Options {
  namespaces: string;
  validAfter: Date | null;
  validBefore: Date | null;
}

const NAMES = /^(?:"([^"]*)"|([^\s"]+))[ \t]+(.*)$/;
/** Up to the first white space outside quotes. */
const OPTIONS = /^((?:[^\s"]|"[^"]*")*)[ \t]+(.*)$/;
const KEY_TYPE = /^(ssh|ecdsa|sk|rsa|dsa)[\w@.-]*$/;
const FORM = 'a line is: names namespaces="wassette-state" ssh-ed25519 AAAA… comment';

/** @throws FormatError FORMAT_INVALID_SIGNERS */
export function readSignerLine(line: string, at: LineOf): AllowedSigner {
  const plain = line.replaceAll('\t', ' ');
  if (showInvisible(plain) !== plain) throw invalidSigners(at, 'it has an invisible character', 'remove it');
  const [, quoted, bare, rest = ''] = NAMES.exec(line.replace(/^[ \t]+/, '')) ?? [];
  const written = quoted ?? bare;
  if (written === undefined) throw invalidSigners(at, 'it is not whole', FORM);
  const names = namesIn(written, at);
  const first = /^\S*/.exec(rest)![0];
  if (KEY_TYPE.test(first)) throw invalidSigners(at, 'it does not say for what the key is accepted', FORM);
  const [, options, key = ''] = OPTIONS.exec(rest) ?? [];
  if (options === undefined) throw invalidSigners(at, 'it is not whole', FORM);
  return { names, ...optionsIn(options, at), key: keyIn(key, at), line: at.line };
}

function namesIn(written: string, at: LineOf): string[] {
  const names = written.split(',');
  for (const name of names) {
    const problem = nameProblem(name.replace(/^!/, ''));
    if (problem !== null) throw invalidSigners(at, problem, FORM);
  }
  if (names.some(isOnlyAnybody)) throw invalidSigners(at, 'it accepts its key as anybody', 'name the signer');
  if (names.every((name) => name.startsWith('!')))
    throw invalidSigners(at, 'it names nobody, only who it is not', 'name the signer');
  return names;
}

function optionsIn(text: string, at: LineOf): Options {
  const given = new Map<string, string>();
  for (const [name, value] of optionPairs(text, at)) {
    // OpenSSH takes the names in any case.
    const option = name.toLowerCase();
    if (option === 'cert-authority')
      throw invalidSigners(
        at,
        'it accepts a certificate authority',
        'name each signer, with a key of their own',
      );
    if (value === null || !OPTION_NAMES.has(option)) throw badOptions(at);
    if (given.has(option)) throw invalidSigners(at, `it has ${option} twice`, 'leave one of them');
    given.set(option, value);
  }
  const namespaces = given.get('namespaces');
  if (namespaces === undefined)
    throw invalidSigners(at, 'it does not say for what the key is accepted', FORM);
  if (!/^!?[^\s,!]+(,!?[^\s,!]+)*$/.test(namespaces))
    throw invalidSigners(at, 'its namespaces cannot be read', 'write them after commas, without spaces');
  const time = (name: string) => {
    const value = given.get(name);
    return value === undefined ? null : signerTime(value, name, at);
  };
  const [validAfter, validBefore] = [time('valid-after'), time('valid-before')];
  if (validAfter !== null && validBefore !== null && validBefore <= validAfter)
    throw invalidSigners(at, 'it ends before it begins', 'valid-before must be later than valid-after');
  return { namespaces, validAfter, validBefore };
}

const OPTION_NAMES = new Set(['namespaces', 'valid-after', 'valid-before']);

/** `name="value"` or a name alone, after commas. */
function* optionPairs(text: string, at: LineOf): Generator<[name: string, value: string | null]> {
  const option = /([A-Za-z-]+)(?:="([^"\\]*)")?(,(?!$)|$)/y;
  while (option.lastIndex < text.length) {
    const [, name, value = null] = option.exec(text) ?? [];
    if (name === undefined) throw badOptions(at);
    yield [name, value];
  }
}

function badOptions(at: LineOf): FormatError {
  return invalidSigners(at, 'its options cannot be read', `there are ${[...OPTION_NAMES].join(', ')}`);
}

function keyIn(text: string, at: LineOf): PublicKey {
  const [type = '', encoded = ''] = text.split(/[ \t]+/);
  try {
    return PublicKey.parse(`${type} ${encoded}`);
  } catch (error) {
    if (!(error instanceof StateError)) throw error;
    throw invalidSigners(at, error.message, error.hint ?? FORM, error);
  }
}
