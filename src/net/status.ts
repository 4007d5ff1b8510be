// What a server answers instead of a file.
import { StoreError } from '../errors.ts';
import { badAnswer, shownUrl } from './failures.ts';
import type { HttpAnswer } from './http.ts';

/** @throws StoreError STORE_NOT_FOUND, STORE_DENIED, STORE_UNREACHABLE unless the answer is the file; it is let go then */
export async function assertFound(url: URL, answer: HttpAnswer): Promise<void> {
  if (answer.status === 200) return;
  await answer.discard();
  throw refusal(url, answer.status);
}

function refusal(url: URL, status: number): StoreError {
  const details = { url: shownUrl(url), status };
  if (status === 404 || status === 410) {
    return new StoreError('STORE_NOT_FOUND', `${shownUrl(url)} does not exist (${status})`, {
      hint: 'check the address',
      details,
    });
  }
  if (status === 401 || status === 403) {
    return new StoreError('STORE_DENIED', `${shownUrl(url)} is not for everybody (${status})`, {
      hint: 'check the credentials in the address, or whether it has expired',
      details,
    });
  }
  return badAnswer(url, `answers ${status} instead of a file`, 'check the address');
}
