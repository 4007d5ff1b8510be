// Two threads that ask each other, here over a channel in one.
import { MessageChannel } from 'node:worker_threads';
import { expect, it, onTestFinished } from 'vitest';
import { PolicyError, StoreError } from '../../../../src/errors.ts';
import { type Answerer, PortCalls } from '../../../../src/wassette/live/registry/port-calls.ts';

function connected(answer: Answerer) {
  const { port1, port2 } = new MessageChannel();
  onTestFinished(() => port1.close());
  return { asking: new PortCalls(port1, async () => undefined), answering: new PortCalls(port2, answer) };
}

it('an error of ours arrives as what it was', async () => {
  const { asking } = connected(async () => {
    throw new StoreError('STORE_BUSY', 'it is busy', { hint: 'wait', details: { pid: 7 } });
  });
  const error = await asking.ask('x', {}).catch((caught) => caught);
  expect(error).toBeInstanceOf(StoreError);
  expect(error).not.toBeInstanceOf(PolicyError);
  expect(error).toMatchObject({
    code: 'STORE_BUSY',
    message: 'it is busy',
    hint: 'wait',
    details: { pid: 7 },
  });
});

it('who loses interest is answered by what the other side makes of it', async () => {
  const { asking } = connected(
    (_method, _params, signal) =>
      new Promise((resolve) => signal.addEventListener('abort', () => resolve('stopped'))),
  );
  const abort = new AbortController();
  const asked = asking.ask('x', {}, abort.signal);
  abort.abort();
  expect(await asked).toBe('stopped');
  expect(await asking.ask('x', {}, abort.signal)).toBe('stopped');
});

it('when the other side is gone every question has an end', async () => {
  const { asking } = connected(() => new Promise(() => undefined));
  const asked = asking.ask('x', {});
  asking.fail(new Error('gone'));
  await expect(asked).rejects.toThrow('gone');
  await expect(asking.ask('x', {})).rejects.toThrow('gone');
});
