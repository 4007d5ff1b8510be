import { describe, expect, it } from 'vitest';
import { inParallel, Turns } from '../../src/disk/parallel.ts';

describe('work in parallel', () => {
  it('does each item once, and only a few at the same time', async () => {
    const done: number[] = [];
    let [running, most] = [0, 0];
    await inParallel([1, 2, 3, 4, 5, 6, 7], 3, async (item) => {
      most = Math.max(most, ++running);
      await Promise.resolve();
      done.push(item);
      running--;
    });
    expect(done.sort()).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(most).toBe(3);
  });

  it('begins nothing after a failure, which is thrown once what was begun has ended', async () => {
    const begun: number[] = [];
    const ended: number[] = [];
    const working = inParallel([1, 2, 3, 4], 2, async (item) => {
      begun.push(item);
      if (item === 1) throw new Error('first');
      await new Promise(setImmediate);
      ended.push(item);
    });
    await expect(working).rejects.toThrow('first');
    expect([begun, ended]).toEqual([[1, 2], [2]]);
  });

  it('begins nothing once it was told to stop', async () => {
    const stopping = new AbortController();
    const begun: number[] = [];
    const working = inParallel(
      [1, 2, 3],
      1,
      async (item) => {
        begun.push(item);
        stopping.abort(new Error('enough'));
      },
      stopping.signal,
    );
    await expect(working).rejects.toThrow('enough');
    expect(begun).toEqual([1]);
  });
});

describe('streams that take turns', () => {
  async function* chunks(name: string, log: string[]) {
    for (const n of [1, 2]) {
      log.push(`${name}${n}`);
      yield n;
    }
  }
  const drain = async (stream: AsyncIterable<unknown>) => {
    for await (const _chunk of stream) await Promise.resolve();
  };

  it('wait until one before them ends', async () => {
    const log: string[] = [];
    const turns = new Turns(1);
    await Promise.all(['a', 'b', 'c'].map((name) => drain(turns.of(chunks(name, log)))));
    expect(log).toEqual(['a1', 'a2', 'b1', 'b2', 'c1', 'c2']);
  });

  it('give their turn on when they break off', async () => {
    const log: string[] = [];
    const turns = new Turns(1);
    for await (const _chunk of turns.of(chunks('a', log))) break;
    await drain(turns.of(chunks('b', log)));
    expect(log).toEqual(['a1', 'b1', 'b2']);
  });
});
