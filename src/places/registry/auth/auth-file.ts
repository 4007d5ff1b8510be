// The file in which docker, podman and others keep what somebody logged in with, by registry. None of it is ever quoted.
import * as z from 'zod';
import { parsedJson } from '../../../codec/json/parsed.ts';
import { safeText } from '../../../codec/safe-text.ts';
import { FormatError } from '../../../errors.ts';
import type { Credential } from './credential.ts';

const EntrySchema = z.looseObject({
  auth: z.string().optional(),
  username: z.string().optional(),
  password: z.string().optional(),
  identitytoken: z.string().optional(),
  registrytoken: z.string().optional(),
});
type Entry = z.infer<typeof EntrySchema>;

const FileSchema = z.looseObject({
  auths: z.record(z.string(), EntrySchema).nullish(),
  credHelpers: z.record(z.string(), z.string()).nullish(),
  credsStore: z.string().nullish(),
});

/** One registry, which has three names. */
const DOCKER_HUB = ['docker.io', 'index.docker.io', 'registry-1.docker.io'];
/** By which docker itself calls it where it keeps credentials. */
const DOCKER_HUB_KEY = 'https://index.docker.io/v1/';

export class AuthFile {
  readonly #auths = new Map<string, Entry>();
  readonly #helpers = new Map<string, string>();
  readonly #store: string | null;

  /** @param name of the file, for errors. @throws FormatError FORMAT_INVALID_CONFIG */
  constructor(text: string, name: string) {
    const parsed = FileSchema.safeParse(text.trim() === '' ? {} : parsedJson(text));
    if (!parsed.success) throw unreadable(name);
    const { auths, credHelpers, credsStore } = parsed.data;
    for (const [key, entry] of Object.entries(auths ?? {})) this.#auths.set(normalised(key), entry);
    for (const [key, helper] of Object.entries(credHelpers ?? {})) this.#helpers.set(normalised(key), helper);
    this.#store = credsStore || null;
  }

  /** The helper that keeps the credentials for a registry, and the name by which it knows the registry. */
  helperFor(host: string): { helper: string; server: string } | null {
    const own = namesOf(host).find((name) => this.#helpers.has(name));
    const helper = own === undefined ? this.#store : this.#helpers.get(own)!;
    if (!helper) return null;
    return { helper, server: DOCKER_HUB.includes(host) ? DOCKER_HUB_KEY : host };
  }

  /** What is in the file itself, for the repository or the closest thing above it. */
  credentialFor(host: string, repository: string): Credential | null {
    for (const name of namesOf(host)) {
      const segments = [name, ...repository.split('/')];
      for (let count = segments.length; count > 0; count--) {
        const found = credentialIn(this.#auths.get(segments.slice(0, count).join('/')));
        if (found !== null) return found;
      }
    }
    return null;
  }
}

function namesOf(host: string): readonly string[] {
  return DOCKER_HUB.includes(host) ? DOCKER_HUB : [host];
}

/** `https://host/v1/`, as docker writes it, is `host`; podman may have a path behind it. */
function normalised(key: string): string {
  const [host = '', ...path] = key
    .replace(/^https?:\/\//i, '')
    .replace(/\/+(v[12]\/*)?$/, '')
    .split('/');
  return [host.toLowerCase(), ...path].join('/');
}

function credentialIn(entry: Entry | undefined): Credential | null {
  if (entry === undefined) return null;
  if (entry.registrytoken) return { kind: 'bearer', token: entry.registrytoken };
  if (entry.identitytoken) return { kind: 'identity-token', token: entry.identitytoken };
  // Docker's own files end a password with a NUL.
  const pair = entry.auth && Buffer.from(entry.auth, 'base64').toString('utf8').replace(/\0+$/, '');
  const [username = entry.username, password = entry.password] = pair ? splitAtColon(pair) : [];
  return username && password ? { kind: 'password', username, password } : null;
}

function splitAtColon(pair: string): [string, string] | [] {
  const at = pair.indexOf(':');
  return at === -1 ? [] : [pair.slice(0, at), pair.slice(at + 1)];
}

function unreadable(name: string): FormatError {
  return new FormatError('FORMAT_INVALID_CONFIG', `${safeText(name, 4_096)} is not a list of logins`, {
    hint: 'correct it, or log in to the registry again',
  });
}
