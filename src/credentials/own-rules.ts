// The credentials that secretlint's recommended rules do not find, by what they are written like. Those of a kind that it
// finds in part have its name, so that both are one finding.
import type { Rule } from './credential.ts';
import { standsForOne } from './placeholder.ts';

/** Such a text is one, wherever it stands. */
export const TOKEN_RULES: readonly Rule[] = [
  {
    name: 'jwt',
    pattern: /(?<![\w-])(eyJ[\w-]{8,})\.[\w-]{8,}\.[\w-]{8,}/g,
    confirms: ([, header]) => isJwtHeader(header!),
  },
  { name: 'stripe', pattern: /(?<![A-Za-z0-9])(?:[sr]k_(?:live|test)_|whsec_)[A-Za-z0-9+/=]{16,}/g },
  { name: 'google', pattern: /AIza[\w-]{35}(?![\w-])|GOCSPX-[\w-]{28}(?![\w-])|(?<!\w)ya29\.[\w-]{20,}/g },
  { name: 'google', pattern: /(?<![\w/+-])1\/\/0[\w-]{40,}/g },
  { name: 'azure', pattern: /(?:AccountKey|SharedAccessKey)\s{0,9}=\s{0,9}[A-Za-z0-9+/]{40,}={1,2}/g },
  // A secret of an application: three characters, a digit, and Q~ before the rest.
  { name: 'azure', pattern: /(?<![\w~.-])[\w~.-]{3}\dQ~[\w~.-]{31,34}(?![\w~.-])/g },
  { name: 'huggingface', pattern: /(?<![A-Za-z0-9])(?:hf_|api_org_)[A-Za-z0-9]{30,}/g },
  { name: 'anthropic', pattern: /(?<![\w-])sk-ant-[\w-]{20,}/g },
  { name: 'openai', pattern: /(?<![\w-])sk-(?!ant-)[\w-]{20,}/g, confirms: ([token]) => isMixed(token) },
  { name: 'age', pattern: /AGE-SECRET-KEY-(?:PQ-)?1[A-Z0-9]{50,}/g },
  {
    // A header that is only spoken of has no key after it. Before the key may be lines such as Proc-Type.
    name: 'privatekey',
    pattern:
      /-{4,5} ?BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)? ?-{4,5}(?=(?:[ \t#*|>]{0,80}(?:[A-Z][\w-]{1,30}:[^\n\0]{0,120})?\r?\n){0,4}?(?:[ \t"'+,#*|>]|\\[nrt]){0,40}[A-Za-z0-9+/=]{20})/g,
  },
  { name: 'privatekey', pattern: /PuTTY-User-Key-File-\d:/g },
];

const SECRET_QUERY =
  'access_token|auth_token|token|api_?key|password|secret|client_secret|sig|signature|X-Amz-Signature';

/** Such a text says of what stands in it that it is one. */
export const SPOKEN_RULES: readonly Rule[] = [
  {
    // Up to the last @, since a password may hold one, and a slash; what is a port and a path holds none.
    name: 'url-credentials',
    pattern:
      /(?<![\w+.-])[a-z][a-z0-9+.-]{0,20}:\/\/[^\s/?#@:[\]"'<>`\0]{0,100}:(?!\d{0,5}[/?#])((?:(?!:\/\/)[^\s"'<>`\0]){1,200})@(?=[\w[])/gi,
    confirms: ([, password]) => !standsForOne(password!) && !standsForOne(firstPart(password!)),
  },
  {
    name: 'url-query',
    pattern: new RegExp(`[?&](?:${SECRET_QUERY})=([^\\s&#"'<>\\0]{12,500})`, 'gi'),
    confirms: ([, value]) => isMixed(value!) && !standsForOne(value!),
  },
  {
    name: 'authorization',
    pattern: /\b(?:Basic|Bearer|Token)[ \t]{1,9}([\w.~+/-]{16,}={0,2})/gi,
    confirms: ([, value]) => isMixed(value!),
  },
  { name: 'npm', pattern: /_auth(?:Token)?[ \t]{0,9}=[ \t]{0,9}([^\s$"'{][^\s"']{7,})/g },
  {
    name: 'password',
    pattern:
      /(?:password|passwd|passphrase|pwd)\d{0,3}["']?[ \t]{0,9}(?:=>|:=|[:=])[ \t]{0,9}(?:"([^"\n\0]{1,400})"|'([^'\n\0]{1,400})'|([^\s"',;&}\])\0][^\s,;&"'\0]{0,400})([ \t]+\p{L})?)/giu,
    confirms: ([, double, single, bare, isFollowed]) =>
      bare === undefined
        ? !standsForOne((double ?? single)!)
        : !standsForOne(bare) && !(isFollowed !== undefined && /^\p{L}[\p{L}’-]*[.:!?]?$/u.test(bare)),
  },
];

/** Before the first @, where that is long enough to stand for anything. */
function firstPart(password: string): string {
  const [first] = password.split('@', 1);
  return first!.length > 3 ? first! : password;
}

/** A JWT begins with the JSON of an object that names an algorithm. */
function isJwtHeader(text: string): boolean {
  return /"(?:alg|enc)"/.test(Buffer.from(text.slice(0, 4_000), 'base64url').toString('latin1'));
}

/** Has digits and letters as what was made at random has, and words have not. */
function isMixed(text: string): boolean {
  const digits = text.replace(/\D/g, '').length;
  const hasBothCases = /[a-z]/.test(text) && /[A-Z]/.test(text);
  return /[a-z]/i.test(text) && (digits > 2 || (digits > 0 && hasBothCases));
}
