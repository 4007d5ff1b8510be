// What a registry answers in place of what it was asked for, as errors of ours.
import * as z from 'zod';
import { collected } from '../../codec/bytes.ts';
import { parsedJson } from '../../codec/json/parsed.ts';
import { quoted } from '../../codec/safe-text.ts';
import { FormatError, type StateError, StoreError } from '../../errors.ts';
import { atMost } from '../../net/body.ts';
import type { HttpAnswer } from '../../net/http.ts';

const MAX_BODY_BYTES = 64 * 1024;

const BodySchema = z.looseObject({
  errors: z.array(z.looseObject({ code: z.string().optional(), message: z.string().optional() })),
});

/** What the registry itself says: a code in capitals, and words of its own. */
interface Said {
  code: string | null;
  words: string | undefined;
}

/** Reads the body of an answer that is none. */
export async function saidIn(answer: HttpAnswer): Promise<Said> {
  let text = '';
  try {
    text = (await collected(atMost(answer.bytes, MAX_BODY_BYTES, () => new Error('too long')))).toString(
      'utf8',
    );
  } catch {
    await answer.discard();
  }
  const [first] = BodySchema.safeParse(parsedJson(text)).data?.errors ?? [];
  const code = first?.code ?? '';
  return { code: /^[A-Z][A-Z_]{2,40}$/.test(code) ? code : null, words: first?.message };
}

/**
 * The error for an answer that is not as it should be.
 * @param doing in words that follow "cannot"
 */
export async function problemIn(answer: HttpAnswer, doing: string, hint?: string): Promise<StateError> {
  const { code, words } = await saidIn(answer);
  return problemOf(answer.status, { code, words }, doing, hint);
}

export function problemOf(status: number, { code, words }: Said, doing: string, hint?: string): StateError {
  const said = words === undefined ? {} : { said: words };
  const details = { status, ...(code === null ? {} : { registry_code: code }) };
  const why = code === null ? String(status) : `${status} ${code}`;
  if (status === 401) {
    return new StoreError('STORE_DENIED', `cannot ${doing}: the registry wants a login (${why})`, {
      hint: hint ?? 'log in to the registry with docker, podman or oras',
      details,
      ...said,
    });
  }
  if (status === 403 || status === 405) {
    return new StoreError('STORE_DENIED', `cannot ${doing}: the registry does not allow it (${why})`, {
      hint: hint ?? 'log in as somebody who may, or name another repository',
      details,
      ...said,
    });
  }
  if (status === 404) {
    return new StoreError('STORE_NOT_FOUND', `cannot ${doing}: there is no such thing (${why})`, {
      hint:
        hint ??
        'check the name of the repository and the tag; some registries say this to whoever may not look',
      details,
      ...said,
    });
  }
  if (status === 412) {
    return new StoreError(
      'STORE_CHANGING',
      `cannot ${doing}: somebody else has changed it meanwhile (${why})`,
      {
        hint: hint ?? 'try again',
        details,
        ...said,
      },
    );
  }
  if (status === 413) {
    return new FormatError(
      'FORMAT_LIMIT_EXCEEDED',
      `cannot ${doing}: it is too large for the registry (${why})`,
      {
        hint: 'ask whoever runs the registry for a higher limit',
        details,
        ...said,
      },
    );
  }
  return new StoreError('STORE_UNREACHABLE', `cannot ${doing}: the registry answers ${why}`, {
    hint: hint ?? 'try again later, or ask whoever runs the registry',
    details,
    ...said,
  });
}

/** What the registry promised and did not do. */
export function brokenPromise(host: string, what: string): StoreError {
  return new StoreError('STORE_UNREACHABLE', `${quoted(host)} ${what}`, {
    hint: 'it does not follow the OCI distribution specification: ask whoever runs it',
    details: { host },
  });
}

/** Whether it does not take a manifest for want of something that this names. */
export function isMissingBlob(error: unknown): boolean {
  const code = error instanceof StoreError ? error.details.registry_code : null;
  return code === 'MANIFEST_BLOB_UNKNOWN' || code === 'BLOB_UNKNOWN';
}

/** Whether it broke, so that once more may help. */
export function isUnreachable(error: unknown): boolean {
  return error instanceof StoreError && error.code === 'STORE_UNREACHABLE';
}
