import { describe, expect, it } from 'vitest';
import { watchChild } from '../../../../tools/wrap/child/watch.ts';

describe('a Wassette that somebody waits for', () => {
  it('and that answers no ping is given up', async () => {
    const asked: string[] = [];
    const request = (_to: string, method: string, _params: object, signal?: AbortSignal) => {
      asked.push(method);
      return new Promise((_resolve, reject) =>
        signal!.addEventListener('abort', () => reject(signal!.reason)),
      );
    };
    await new Promise<void>((resolve) =>
      watchChild({ request, isWaitingForChild: true }, resolve, { everyMs: 1, withinMs: 1 }),
    );
    expect(asked).toEqual(['ping']);
  });

  it('and that answers, if only with an error, is asked again', async () => {
    let asked = 0;
    await new Promise<void>((resolve, reject) => {
      const request = async () => {
        if (++asked === 3) resolve();
        throw new Error('no such method');
      };
      watchChild({ request, isWaitingForChild: true }, () => reject(new Error('given up')), {
        everyMs: 1,
        withinMs: 60_000,
      });
    });
    expect(asked).toBeGreaterThanOrEqual(3);
  });
});
