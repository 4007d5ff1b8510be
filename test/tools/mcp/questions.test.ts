// Questions to the person at one client: one is not put twice at once, and is open as long as a call waits for its answer.
import { expect, test } from 'vitest';
import type { Answer } from '../../../src/site/approval/approver.ts';
import { Questions } from '../../../tools/mcp/client/questions.ts';

/** Questions to a person who answers when the test says so. */
function person() {
  const shown: { question: string; withdrawn: AbortSignal; answer(said: Answer): void }[] = [];
  const questions = new Questions(
    (question, withdrawn) => new Promise((answer) => shown.push({ question, withdrawn, answer })),
  );
  const call = (question: string) => {
    const controller = new AbortController();
    return {
      answer: questions.ask(question, controller.signal),
      cancel: () => controller.abort('a reason of the client'),
    };
  };
  return { call, shown };
}

test.each<Answer>(['approved', 'declined', 'unanswered', 'cannot-ask'])(
  'one question of two calls is put once, and what became of it (%s) is for both',
  async (said) => {
    const { call, shown } = person();
    const calls = [call('a'), call('a')];
    expect(shown).toHaveLength(1);
    shown[0]!.answer(said);
    expect(await Promise.all(calls.map(({ answer }) => answer))).toEqual([said, said]);
    const later = call('a');
    expect(shown).toHaveLength(2);
    shown[1]!.answer('approved');
    expect(await later.answer).toBe('approved');
  },
);

test('two questions are put beside each other, and each has its own answer', async () => {
  const { call, shown } = person();
  const [a, b] = [call('a'), call('b')];
  shown[1]!.answer('declined');
  shown[0]!.answer('approved');
  expect([await a.answer, await b.answer]).toEqual(['approved', 'declined']);
});

test('a call that is cancelled leaves the question to the other, and the last one withdraws it', async () => {
  const { call, shown } = person();
  const [first, second] = [call('a'), call('a')];
  first.cancel();
  await expect(first.answer).rejects.toMatchObject({ name: 'AbortError' });
  const third = call('a');
  second.cancel();
  await expect(second.answer).rejects.toMatchObject({ name: 'AbortError' });
  expect(shown[0]!.withdrawn.aborted).toBe(false);
  third.cancel();
  await expect(third.answer).rejects.toMatchObject({ name: 'AbortError' });
  expect(shown[0]!.withdrawn.aborted).toBe(true);
  const fourth = call('a');
  expect(shown).toHaveLength(2);
  shown[0]!.answer('approved'); // too late: no call waits for it
  shown[1]!.answer('declined');
  expect(await fourth.answer).toBe('declined');
});
