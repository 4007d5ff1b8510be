// How a client opens a session, and whether its person is asked then: whatever else it says of itself, and with what nulls.
import { expect, test } from 'vitest';
import { Session } from '../../../tools/mcp/alone/session.ts';
import { serveInside } from '../../../tools/mcp/server.ts';
import { makeHost, policyText } from '../../fixtures/host.ts';

interface Message {
  id: unknown;
  method?: string;
  // biome-ignore lint/suspicious/noExplicitAny: messages have every shape
  result?: any;
  error?: { code: number; message: string };
}

/** A client of our server that says of itself what it is told to, as text. */
async function opening(capabilities: string, clientInfo: string) {
  const giver = makeHost();
  const taker = makeHost({ stateDir: giver.locations.stateDir });
  giver.install('weather', { policy: policyText({ environment: ['CITY'] }) });
  const options = { allowDirs: [], allowRemote: [], readOnly: false, neverWiden: false };
  const client = async ({ locations }: Pick<typeof taker, 'locations'>) => {
    const waiting = new Map<unknown, (message: Message) => void>();
    const questions: Message[] = [];
    const session: Session = new Session({
      send(to, text) {
        if (to === 'own') return own.receive(text);
        const message = JSON.parse(text) as Message;
        if (message.method === undefined) waiting.get(message.id)?.(message);
        else if (message.method === 'elicitation/create') {
          questions.push(message);
          session.receive('client', `{"jsonrpc":"2.0","id":${message.id},${ACCEPTED}}`);
        }
      },
      onProblem: () => undefined,
    });
    const own = await serveInside({ ...options, locations }, (text) => session.receive('own', text));
    let next = 0;
    const request = (method: string, params: string) =>
      new Promise<Message>((resolve) => {
        waiting.set(++next, resolve);
        session.receive('client', `{"jsonrpc":"2.0","id":${next},"method":"${method}","params":${params}}`);
      });
    const call = (name: string, args: object) =>
      request('tools/call', JSON.stringify({ name, arguments: args }));
    const opened = await request(
      'initialize',
      `{"protocolVersion":"2025-06-18","capabilities":${capabilities},"clientInfo":${clientInfo}}`,
    );
    session.receive('client', '{"jsonrpc":"2.0","method":"notifications/initialized"}');
    return { opened, call, questions };
  };
  const from = await client(giver);
  return { giver: from, taker: await client(taker) };
}

const ACCEPTED = '"result":{"_meta":null,"action":"accept","content":{"approve":true}},"error":null';

test.each([
  ['nothing else', '{"elicitation":{}}', '{"name":"x","version":"1"}'],
  [
    'nulls for what it cannot do',
    '{"elicitation":{},"roots":null,"sampling":null}',
    '{"name":"x","version":"1"}',
  ],
  ['a null deep within', '{"elicitation":{},"roots":{"listChanged":null}}', '{"name":"x","version":"1"}'],
  ['a title that is null', '{"elicitation":{}}', '{"name":"x","version":"1","title":null}'],
  [
    'no icons, and no web site',
    '{"elicitation":{}}',
    '{"name":"x","version":"1","icons":null,"websiteUrl":""}',
  ],
  ['modes that are null', '{"elicitation":{"form":null,"url":null}}', '{"name":"x","version":"1"}'],
  ['two modes', '{"elicitation":{"form":{},"url":{}}}', '{"name":"x","version":"1"}'],
  ['icons of an odd shape', '{"elicitation":{}}', '{"name":"x","version":"1","icons":5}'],
])('a client that can ask, and says %s, has its person asked', async (_, capabilities, clientInfo) => {
  const { giver, taker } = await opening(capabilities, clientInfo);
  expect(taker.opened.error).toBeUndefined();
  await giver.call('export_state', { name: 'tools' });
  const planned = await taker.call('import_state', { snapshot: 'tools' });
  const { structuredContent: plan } = planned.result;
  expect(plan.nobody_is_asked).toBe(false);
  const applied = await taker.call('import_state', plan.next_step.arguments);
  expect(taker.questions).toHaveLength(1);
  expect(applied.result.structuredContent).toMatchObject({ status: 'applied', nobody_is_asked: false });
});

test.each([
  '{}',
  '{"elicitation":null}',
  '{"elicitation":{"url":{}}}',
  '{"elicitation":{"form":null,"url":{}}}',
])('a client that shows no forms (%s) is told that nobody is asked, and can import', async (capabilities) => {
  const { giver, taker } = await opening(capabilities, '{"name":"x","version":"1"}');
  await giver.call('export_state', { name: 'tools' });
  const planned = await taker.call('import_state', { snapshot: 'tools' });
  const { structuredContent: plan } = planned.result;
  expect(plan.nobody_is_asked).toBe(true);
  const applied = await taker.call('import_state', plan.next_step.arguments);
  expect(taker.questions).toEqual([]);
  expect(applied.result.structuredContent).toMatchObject({ status: 'applied', nobody_is_asked: true });
});
