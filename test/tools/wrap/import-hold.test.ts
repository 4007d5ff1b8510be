// What passes between the agent and the wrapped server while an import is under way.
import { describe, expect, it } from 'vitest';
import { ImportHold } from '../../../tools/wrap/import-hold.ts';
import { failing } from '../../fixtures/failing.ts';
import { settled, wired } from '../../fixtures/servers/multiplexed.ts';

describe('while an import is under way', () => {
  const ask = (
    multiplexer: ReturnType<typeof wired>['multiplexer'],
    id: number,
    method: string,
    name?: string,
  ) =>
    multiplexer.receive(
      'client',
      JSON.stringify({ jsonrpc: '2.0', id, method, ...(name === undefined ? {} : { params: { name } }) }),
    );
  const open = () => {
    let finish = () => {};
    const work = () => new Promise<void>((resolve) => (finish = resolve));
    return { work, finish: () => finish() };
  };

  it('what only reads goes on, a call of a component among it, and what changes Wassette waits, in its order', async () => {
    const { multiplexer, take, sent } = wired();
    const { work, finish } = open();
    const done = multiplexer.hold.holdChanges(work);
    await settled();
    ask(multiplexer, 1, 'tools/call', 'load-component');
    ask(multiplexer, 2, 'tools/call', 'grant-storage-permission');
    ask(multiplexer, 3, 'tools/list');
    ask(multiplexer, 4, 'tools/call', 'weather-get-env');
    ask(multiplexer, 5, 'tools/call', 'list-components');
    expect([take('child'), take('child'), take('child')].map(({ value }) => value.params?.name)).toEqual([
      undefined,
      'weather-get-env',
      'list-components',
    ]);
    expect(sent).toEqual([]);
    finish();
    await done;
    expect([take('child'), take('child')].map(({ value }) => value.params.name)).toEqual([
      'load-component',
      'grant-storage-permission',
    ]);
    expect(sent).toEqual([]);
  });

  it('a tool that a later Wassette may have of its own waits as well, and one that a component may have does not', async () => {
    const { multiplexer, take, sent } = wired();
    const { work, finish } = open();
    const done = multiplexer.hold.holdChanges(work);
    await settled();
    ask(multiplexer, 1, 'tools/call', 'set-policy');
    for (const name of ['set-weather', 'load-test-run', 'vault-get-secret']) {
      ask(multiplexer, 2, 'tools/call', name);
      const passed = take('child');
      expect(passed.value.params.name).toBe(name);
      multiplexer.receive('child', JSON.stringify({ jsonrpc: '2.0', id: passed.value.id, result: {} }));
      take('client');
    }
    expect(sent).toEqual([]);
    finish();
    await done;
    expect(take('child').value.params.name).toBe('set-policy');
  });

  it('nothing of the client but pings reaches Wassette during the commit; afterwards all does, in order', async () => {
    const { multiplexer, take, sent } = wired();
    const { work, finish } = open();
    const { work: more, finish: finishAll } = open();
    const done = multiplexer.hold.holdChanges(async () => {
      await multiplexer.hold.holdEverything([], work);
      await more();
    });
    await settled();
    ask(multiplexer, 1, 'tools/call', 'load-component');
    for (const id of [2, 3, 4]) ask(multiplexer, id, 'prompts/list');
    multiplexer.receive(
      'client',
      '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":3}}',
    );
    expect(sent).toEqual([]);
    ask(multiplexer, 5, 'ping');
    expect(take('child').value.method).toBe('ping');
    const own = multiplexer.request('child', 'tools/call', { name: 'load-component' });
    const { value } = take('child');
    multiplexer.receive('child', JSON.stringify({ jsonrpc: '2.0', id: value.id, result: 'loaded' }));
    expect(await own).toBe('loaded');
    finish();
    await settled();
    expect([take('child'), take('child')].map(({ value }) => value.method)).toEqual([
      'prompts/list',
      'prompts/list',
    ]);
    expect(sent).toEqual([]);
    finishAll();
    await done;
    expect(take('child').value.params.name).toBe('load-component');
    expect(sent).toEqual([]);
  });

  it('after the commit nobody calls what has changed until the import is over; everything else goes on', async () => {
    const { multiplexer, take, sent } = wired();
    const { work: commit, finish: commitIsDone } = open();
    const { work: load, finish: loadIsDone } = open();
    const changed = [{ id: 'weather', tools: ['weather-now'] }];
    const done = multiplexer.hold.holdChanges(async () => {
      await multiplexer.hold.holdEverything(changed, commit);
      await load();
    });
    await settled();
    ask(multiplexer, 1, 'tools/call', 'weather-now');
    commitIsDone();
    await settled();
    ask(multiplexer, 2, 'tools/call', 'weather-now');
    const named = (id: number, component_id: string) =>
      multiplexer.receive(
        'client',
        JSON.stringify({
          jsonrpc: '2.0',
          id,
          method: 'tools/call',
          params: { name: 'get-policy', arguments: { component_id } },
        }),
      );
    named(3, 'weather'); // loads what is in the directory
    expect(sent).toEqual([]);
    named(4, 'notes');
    ask(multiplexer, 5, 'tools/call', 'notes-add');
    ask(multiplexer, 6, 'tools/list');
    expect([take('child'), take('child'), take('child')].map(({ value }) => value.params?.name)).toEqual([
      'get-policy',
      'notes-add',
      undefined,
    ]);
    loadIsDone();
    await done;
    expect([take('child'), take('child'), take('child')].map(({ value }) => value.params.name)).toEqual([
      'weather-now',
      'weather-now',
      'get-policy',
    ]);
    expect(sent).toEqual([]);
  });

  it('where the tools of what has changed cannot be told, every call of a tool that is not of Wassette waits', async () => {
    const { multiplexer, take, sent } = wired();
    const { work: load, finish: loadIsDone } = open();
    const done = multiplexer.hold.holdChanges(async () => {
      await multiplexer.hold.holdEverything([{ id: 'weather', tools: null }], async () => undefined);
      await load();
    });
    await settled();
    ask(multiplexer, 1, 'tools/call', 'notes-add');
    expect(sent).toEqual([]);
    ask(multiplexer, 2, 'tools/call', 'list-components');
    expect(take('child').value.params.name).toBe('list-components');
    loadIsDone();
    await done;
    expect(take('child').value.params.name).toBe('notes-add');
  });

  it('it begins only when a load that the agent asked for is done', async () => {
    const { multiplexer, take } = wired();
    ask(multiplexer, 1, 'tools/call', 'load-component');
    const { value } = take('child');
    let hasBegun = false;
    const done = multiplexer.hold.holdChanges(async () => {
      hasBegun = true;
    });
    await settled();
    expect(hasBegun).toBe(false);
    multiplexer.receive('child', JSON.stringify({ jsonrpc: '2.0', id: value.id, result: {} }));
    await done;
    expect(hasBegun).toBe(true);
  });

  it('one that is cancelled while it waits lets go of what it held', async () => {
    const { multiplexer, take } = wired();
    ask(multiplexer, 1, 'tools/call', 'unload-component');
    take('child');
    const abort = new AbortController();
    const done = multiplexer.hold.holdChanges(async () => undefined, abort.signal);
    ask(multiplexer, 2, 'tools/call', 'reset-permission');
    abort.abort();
    await expect(done).rejects.toThrow();
    expect(take('child').value.params.name).toBe('reset-permission');
  });

  it('another one waits for its end', async () => {
    const { multiplexer } = wired();
    const { work, finish } = open();
    const order: string[] = [];
    const first = multiplexer.hold.holdChanges(work).then(() => order.push('first'));
    const second = multiplexer.hold.holdChanges(async () => order.push('second'));
    await settled();
    finish();
    await Promise.all([first, second]);
    expect(order).toEqual(['first', 'second']);
  });

  it('another one waits for a bounded time, and those after it go on waiting', async () => {
    const hold = new ImportHold(
      () => undefined,
      () => true,
      20,
    );
    const { work, finish } = open();
    const first = hold.holdChanges(work);
    await expect(hold.holdChanges(async () => undefined)).rejects.toThrow(failing('STORE_BUSY'));
    const third = hold.holdChanges(async () => 'done');
    await settled();
    finish();
    await first;
    expect(await third).toBe('done');
  });

  it('one does not wait for ever for a load that Wassette does not finish', async () => {
    const released: unknown[] = [];
    const hold = new ImportHold(
      (request) => released.push(request),
      () => false,
      1,
    );
    const done = hold.holdChanges(async () => undefined);
    await expect(done).rejects.toThrow(failing('STORE_BUSY'));
  });
});
