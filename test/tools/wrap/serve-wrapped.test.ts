import { expect, it } from 'vitest';
import { subcommandAt } from '../../../tools/wrap/serve-wrapped.ts';

it.each([
  ['wassette run', 1],
  ['/opt/wassette run --component-dir run', 1],
  ['npx -y wassette run', 3],
  ['uv run wassette run --component-dir x', 3],
  ['wassette --component-dir x run', 3],
  ['/bin/sh start.sh run', 2],
  ['docker run image run', -1],
  ['wassette serve', -1],
])("in `%s` Wassette's own `run` is argument %i", (command, at) => {
  expect(subcommandAt(command.split(' '))).toBe(at);
});
