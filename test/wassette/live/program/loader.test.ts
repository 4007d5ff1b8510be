import { expect, it } from 'vitest';
import { loadWith } from '../../../../src/wassette/live/program/loader.ts';

const load = (program: readonly string[], signal?: AbortSignal) =>
  loadWith(program, 'file:///tool.wasm', '/nonexistent', { PATH: process.env.PATH }, { signal });

it('a component loads where its loader ends without an error', async () => {
  expect(await load(['sh', '-c', ':'])).toBeNull();
});

it('a loader that fails is told apart from what it said', async () => {
  expect(await load(['sh', '-c', 'echo "Error: no such\n  host" >&2; exit 3'])).toEqual({
    ending: 'its loader ended with code 3',
    said: 'Error: no such host',
  });
});

it('a loader that is not there, or is killed, is no failure of ours', async () => {
  const ending = 'its loader could not be started, or did not end by itself';
  expect(await load(['/nonexistent/wassette'])).toEqual({ ending, said: '' });
  expect(await load(['sh', '-c', 'kill -9 $$'])).toEqual({ ending, said: '' });
});

it('a loader is not waited for once nobody wants it', async () => {
  const controller = new AbortController();
  const loading = load(['sh', '-c', 'sleep 600 & sleep 600'], controller.signal);
  controller.abort();
  await expect(loading).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }));
});
