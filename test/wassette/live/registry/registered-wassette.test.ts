// The side of a window: who is answered what, and how its Wassette is held and let go.
import { readdirSync, readFileSync, statSync, utimesSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { LiveComponent, LiveWassette } from '../../../../src/wassette/live/live-wassette.ts';
import { clearDeadSockets } from '../../../../src/wassette/live/registry/dead-sockets.ts';
import { RegisteredWassette } from '../../../../src/wassette/live/registry/registered-wassette.ts';
import { failing } from '../../../fixtures/failing.ts';
import { makeHost } from '../../../fixtures/host.ts';
import {
  answerAt,
  introduction,
  leaveRecord,
  leaveSocket,
} from '../../../fixtures/wassette/window-records.ts';

/** A window whose Wassette notes what is done with it. */
async function openWindow() {
  const host = makeHost();
  const done: string[] = [];
  const noting =
    (name: string) =>
    async <T>(work: () => Promise<T>) => {
      done.push(name);
      try {
        return await work();
      } finally {
        done.push(`end of ${name}`);
      }
    };
  const live: LiveWassette & { pid: number } = {
    pid: process.pid,
    program: null,
    version: async () => null,
    callTool: async (name) => ({ isError: false, text: name }),
    withoutChanges: (work) => noting('hold')(work),
    alone: (changed, work) => noting(`alone ${changed.map(({ id }) => id)}`)(work),
  };
  const registered = await RegisteredWassette.open(host.state, live, {
    introduction: async () => {
      const { version: _, ...said } = introduction(host.state);
      return said as never;
    },
    ready: async () => undefined,
    catchUp: async (changed: readonly LiveComponent[]) => {
      done.push(`catch up ${changed.map(({ id }) => id)}`);
    },
    onNews: ({ tool, component_id }) => void done.push(`${tool} ${component_id}`),
  });
  onTestFinished(() => registered.close());
  const [name] = readdirSync(host.state.running);
  const record = JSON.parse(readFileSync(path.join(host.state.running, name!), 'utf8')) as {
    socket: string;
    token: string;
  };
  return { host, done, record, registered };
}

describe('a window that opens', () => {
  it('clears away sockets that were left without a record, and no others', async () => {
    const { state } = makeHost();
    const [left, young, recorded] = ['left', 'young', 'window'].map((n) =>
      path.join(state.sockets, `${n}.sock`),
    );
    for (const file of [left!, young!, recorded!]) leaveSocket(file);
    const anHourAgo = Date.now() / 1000 - 3_600;
    for (const file of [left!, recorded!]) utimesSync(file, anHourAgo, anHourAgo);
    leaveRecord(state);
    await answerAt(path.join(state.sockets, 'other.sock'), () => undefined);
    utimesSync(path.join(state.sockets, 'other.sock'), anHourAgo, anHourAgo);
    await clearDeadSockets(state, state.sockets);
    expect(readdirSync(state.sockets).sort()).toEqual(['other.sock', 'window.sock', 'young.sock']);
  });
});

type Record_ = Awaited<ReturnType<typeof openWindow>>['record'];

/** Somebody who speaks with the window, message by message. */
function visitorOf({ socket: file }: Record_) {
  const socket: Socket = connect(file);
  socket.on('error', () => undefined);
  const answers: Record<string, unknown>[] = [];
  createInterface(socket).on('line', (line) => {
    if (line !== '') answers.push(JSON.parse(line) as Record<string, unknown>);
  });
  const send = (message: object | string) =>
    socket.write(`${typeof message === 'string' ? message : JSON.stringify(message)}\n`);
  return {
    socket,
    send,
    async answer(number: number) {
      await vi.waitFor(() => expect(answers.map(({ answer }) => answer)).toContain(number));
      return answers.find(({ answer }) => answer === number)!;
    },
    /** The number of the question that the window asks. */
    async question() {
      await vi.waitFor(() => expect(answers.some(({ ask }) => ask !== undefined)).toBe(true));
      const at = answers.findIndex(({ ask }) => ask !== undefined);
      return (answers.splice(at, 1)[0] as { ask: number }).ask;
    },
  };
}

async function greeted() {
  const window = await openWindow();
  const visitor = visitorOf(window.record);
  const params = {
    version: 1,
    token: window.record.token,
    component_dir: window.host.locations.componentDir,
  };
  visitor.send({ ask: 1, method: 'greet', params });
  await visitor.answer(1);
  return { ...window, visitor };
}

describe('a window answers', () => {
  it('at a socket that only its user can reach, which is gone with it', async () => {
    const { host, record, registered } = await openWindow();
    expect(statSync(record.socket).mode & 0o777).toBe(0o600);
    expect(statSync(path.dirname(record.socket)).mode & 0o777).toBe(0o700);
    await registered.close();
    expect([...readdirSync(host.state.running), ...readdirSync(host.state.sockets)]).toEqual([]);
  });

  it('who it is to a visitor with the token of its record', async () => {
    const { visitor, host } = await greeted();
    expect(await visitor.answer(1)).toMatchObject({
      value: { component_dir: host.locations.componentDir, fences: { never_widen: true } },
    });
  });

  it.each([
    ['another token', { token: 'f'.repeat(32) }],
    ['another directory', { component_dir: '/other' }],
  ])('nothing to a visitor with %s', async (_, changed) => {
    const { record, host } = await openWindow();
    const visitor = visitorOf(record);
    const params = {
      version: 1,
      token: record.token,
      component_dir: host.locations.componentDir,
      ...changed,
    };
    visitor.send({ ask: 1, method: 'greet', params });
    visitor.send({ ask: 2, method: 'callTool', params: { name: 'list-components', args: {} } });
    for (const number of [1, 2])
      expect(await visitor.answer(number)).toMatchObject({ error: failing('STORE_DENIED') });
  });

  it('a call of the tools that an import needs, and of no other', async () => {
    const { visitor } = await greeted();
    visitor.send({ ask: 2, method: 'callTool', params: { name: 'get-policy', args: {} } });
    expect(await visitor.answer(2)).toMatchObject({ value: { text: 'get-policy' } });
    for (const [number, name] of [
      [3, 'grant-storage-permission'],
      [4, 'weather-get-env'],
    ] as const) {
      visitor.send({ ask: number, method: 'callTool', params: { name, args: {} } });
      expect(await visitor.answer(number)).toMatchObject({ error: failing('STORE_DENIED') });
    }
  });

  it('a load of what is in the component directory, and of nothing else', async () => {
    const { visitor, host } = await greeted();
    const dir = host.locations.componentDir;
    const load = (ask: number, path: string) =>
      visitor.send({ ask, method: 'callTool', params: { name: 'load-component', args: { path } } });
    load(2, `file://${dir}/weather.wasm`);
    expect(await visitor.answer(2)).toMatchObject({ value: { text: 'load-component' } });
    const others = [
      `file://${dir}/../weather.wasm`,
      'file:///weather.wasm',
      'oci://example.com/weather:1',
      dir,
    ];
    for (const [i, other] of others.entries()) {
      load(3 + i, other);
      expect(await visitor.answer(3 + i)).toMatchObject({ error: failing('STORE_DENIED') });
    }
  });

  it.each([
    'nonsense',
    '{"ask":-1,"method":"x","params":{}}',
    '{"ask":2,"method":"x","params":{},"more":1}',
    '[]',
  ])('nothing more to a visitor that sends %s', async (text) => {
    const { visitor } = await greeted();
    const closed = new Promise((resolve) => visitor.socket.once('close', resolve));
    visitor.send(text);
    await closed;
  });

  it('what cannot be read as what a method takes with an error, and goes on', async () => {
    const { visitor } = await greeted();
    visitor.send({ ask: 2, method: 'alone', params: { work: 'x' } });
    visitor.send({ ask: 3, method: 'fly', params: null });
    for (const number of [2, 3]) expect(await visitor.answer(number)).toHaveProperty('error');
    visitor.send({ ask: 4, method: 'news', params: { tool: 'load-component', component_id: 'maps' } });
    await visitor.answer(4);
  });
});

describe('a window that is held', () => {
  it('is let go when the visitor is done, and needs not catch up when that went well', async () => {
    const { visitor, done } = await greeted();
    visitor.send({ ask: 2, method: 'withoutChanges', params: { work: 1 } });
    const hold = await visitor.question();
    visitor.send({ ask: 3, method: 'alone', params: { work: 2, changed: [{ id: 'maps', tools: null }] } });
    visitor.send({ answer: await visitor.question(), value: true });
    await visitor.answer(3);
    visitor.send({ answer: hold, value: true });
    await visitor.answer(2);
    expect(done).toEqual(['hold', 'alone maps', 'end of alone maps', 'end of hold']);
  });

  it('is let go when the visitor ends, and catches up only if something was about to change', async () => {
    const { visitor, done } = await greeted();
    visitor.send({ ask: 2, method: 'withoutChanges', params: { work: 1 } });
    await visitor.question();
    visitor.socket.destroy();
    await vi.waitFor(() => expect(done).toEqual(['hold', 'end of hold']));
  });

  it('catches up when the visitor ends in the middle, or says that it failed', async () => {
    for (const isKilled of [true, false]) {
      const { visitor, done } = await greeted();
      visitor.send({ ask: 2, method: 'withoutChanges', params: { work: 1 } });
      const hold = await visitor.question();
      visitor.send({ ask: 3, method: 'alone', params: { work: 2, changed: [{ id: 'maps', tools: ['a'] }] } });
      const alone = await visitor.question();
      if (isKilled) visitor.socket.destroy();
      else for (const number of [alone, hold]) visitor.send({ answer: number, value: false });
      await vi.waitFor(() =>
        expect(done).toEqual(['hold', 'alone maps', 'end of alone maps', 'catch up maps', 'end of hold']),
      );
    }
  });

  it('is not held still by a visitor that did not hold it before, and so for a bounded time', async () => {
    const { visitor, done } = await greeted();
    visitor.send({ ask: 2, method: 'alone', params: { work: 1, changed: [] } });
    expect(await visitor.answer(2)).toMatchObject({ error: failing('STORE_DENIED') });
    visitor.send({ ask: 3, method: 'withoutChanges', params: { work: 2 } });
    visitor.send({ answer: await visitor.question(), value: true });
    await visitor.answer(3);
    visitor.send({ ask: 4, method: 'alone', params: { work: 3, changed: [] } });
    expect(await visitor.answer(4)).toMatchObject({ error: failing('STORE_DENIED') });
    expect(done).toEqual(['hold', 'end of hold']);
  });
});
