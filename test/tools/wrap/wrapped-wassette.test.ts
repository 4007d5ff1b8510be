// What is read of an answer of the wrapped Wassette: its first text, whatever comes before it.
import { expect, it } from 'vitest';
import { parseMessage } from '../../../tools/messages/raw-message.ts';
import { originIn } from '../../../tools/wrap/wrapped-wassette.ts';

const LOAD = parseMessage(
  '{"method":"tools/call","params":{"name":"load-component","arguments":{"path":"oci://r/a:1"}}}',
)!;
const TEXT = '{"type":"text","text":"{\\"id\\":\\"a\\"}"}';

it.each([
  [TEXT, true],
  [`{"type":"image","data":"","mimeType":"image/png"},${TEXT}`, true],
  [`{"type":"resource","resource":{"uri":"file:///a","text":"x"}},${TEXT},{"type":"text","text":"b"}`, true],
  [`null,5,{"type":"text"},${TEXT}`, true],
  ['', false],
])('of the content [%s] the component is found: %s', (content, isFound) => {
  const answer = parseMessage(`{"result":{"content":[${content}]}}`)!;
  expect(originIn(LOAD, answer)).toEqual(isFound ? { id: 'a', uri: 'oci://r/a:1' } : null);
});
