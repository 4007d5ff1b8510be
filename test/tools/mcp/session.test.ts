// What passes between a client and our server alone: each knows its own ids, and each is answered.
import { expect, it } from 'vitest';
import { Session } from '../../../tools/mcp/alone/session.ts';

function opened() {
  const sent: string[] = [];
  const problems: string[] = [];
  const session = new Session({
    send: (to, text) => void sent.push(`${to} ${text}`),
    onProblem: (problem) => void problems.push(problem),
  });
  return { session, problems, taken: () => sent.splice(0) };
}

const CALL = '{"jsonrpc":"2.0","id":9007199254740993,"method":"tools/call","params":{"name":"export_state"}}';

it('a request gets a number of its own, and its answer the id as it was written', () => {
  const { session, taken } = opened();
  session.receive('client', CALL);
  expect(taken()).toEqual([`own ${CALL.replace('9007199254740993', '1')}`]);
  session.receive('own', '{"result":{"a":1.50},"jsonrpc":"2.0","id":1}');
  expect(taken()).toEqual(['client {"result":{"a":1.50},"jsonrpc":"2.0","id":9007199254740993}']);
});

it('a cancellation names the request by the number that our server knows', () => {
  const { session, taken } = opened();
  session.receive('client', CALL);
  taken();
  const cancel = (id: string) =>
    `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":${id},"reason":"r"}}`;
  session.receive('client', cancel('5'));
  session.receive('client', cancel('9007199254740993'));
  expect(taken()).toEqual([`own ${cancel('1')}`]);
});

it('a question of our server is answered, also by an answer that is none', () => {
  const question = '{"jsonrpc":"2.0","id":0,"method":"elicitation/create","params":{}}';
  for (const [answer, code] of [
    ['"result":{"action":"accept"}', undefined],
    ['"result":{},"error":{"code":1,"message":"x"}', -32000],
  ] as const) {
    const { session, taken, problems } = opened();
    session.receive('own', question);
    expect(taken()).toEqual([`client ${question.replace('"id":0', '"id":1')}`]);
    session.receive('client', `{"jsonrpc":"2.0","id":1,${answer}}`);
    const [told, ...others] = taken();
    expect(JSON.parse(told!.replace('own ', ''))).toMatchObject({ id: 0 });
    expect(JSON.parse(told!.replace('own ', '')).error?.code).toBe(code);
    expect(others).toEqual([]);
    expect(problems).toHaveLength(code === undefined ? 0 : 1);
  }
});

it('what our server tells without being asked passes as it is', () => {
  const { session, taken } = opened();
  const progress =
    '{"method":"notifications/progress","params":{"progressToken":"a","progress":1.0},"jsonrpc":"2.0"}';
  session.receive('own', progress);
  expect(taken()).toEqual([`client ${progress}`]);
});

it('an answer to nothing is reported, and passed to nobody', () => {
  const { session, taken, problems } = opened();
  session.receive('client', '{"jsonrpc":"2.0","id":3,"result":{}}');
  expect([taken(), problems]).toEqual([[], [expect.stringContaining('not asked')]]);
});
