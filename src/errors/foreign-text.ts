// What other programs print may hold their credentials: it is shown without what looks like one.
import { withoutUserInfo } from './user-info.ts';

const URI = /\b[a-z][a-z0-9+.-]*:\/\/(?:[^\s/?#"<>]*@)?[^\s?#"'<>]*(?:[?#][^\s"<>]*)?/gi;
const PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/gs;
/** `PASSWORD=…`, `"api_key": …`, `Authorization: Bearer …`, `password hunter2`. */
const NAMED =
  /((?:pass(?:word|phrase|wd)?|pwd|secret|token|(?:api|access|private)[_-]?key|credentials?|auth(?:orization)?|bearer|basic)[\w-]*["']?(?:\s*[:=]\s*|\s+)(?:(?:bearer|basic)\s+)?)("(?:\\.|[^"\\])*"?|'[^']*'?|[^\s,;}]+)/gi;
/** Longer than words are. */
const LONG = /[\w+/=.~-]{20,}/g;

/**
 * Text of another program without the credentials, query and fragment of each URI in it, private keys, what is said to be
 * a password, token or key, and whatever is long and has letters and digits mixed. A secret that looks like words stays.
 */
export function withoutSecrets(text: string): string {
  return text
    .replace(URI, (uri) => withoutUserInfo(uri).replace(/[?#].*$/s, '?…'))
    .replace(PRIVATE_KEY, '…')
    .replace(NAMED, '$1…')
    .replace(LONG, (run) => (/\d/.test(run) && /[A-Za-z]/.test(run) ? '…' : run));
}
