// The text of a file that decides about something: whole, so that the beginning of one never allows more than all of it.
import { utf8Text } from '../utf8.ts';
import { YamlProblem } from './problem.ts';

/** @throws YamlProblem for what is not UTF-8, and where the last line has no end */
export function wholeText(bytes: Uint8Array): string {
  const text = utf8Text(bytes);
  if (text === undefined) throw new YamlProblem(1, 'it is not UTF-8', 'save the file as UTF-8');
  if (text !== '' && !text.endsWith('\n')) {
    const hint = 'end it with a line break: without one it may have been cut off';
    throw new YamlProblem(text.split('\n').length, 'the last line has no end', hint);
  }
  return text;
}
