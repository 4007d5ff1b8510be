import { expect, it } from 'vitest';
import { loaderIn, programIn } from '../../../tools/wrap/wrapped-command.ts';

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
  const words = command.split(' ');
  expect(programIn(words)).toEqual(at > 0 ? words.slice(0, at) : null);
});

it.each([
  ['wassette run', ['wassette']],
  ['npx -y wassette run --component-dir x', ['npx', '-y', 'wassette']],
  ['wassette run --disable-builtin-tools', null],
  ['wassette run --component-dir x --disable-builtin-tools --env A=b', null],
  ['docker run image run', null],
  ['wassette serve', null],
])(
  'what starts the loader in `%s` is %j: none where the tools of Wassette are switched off',
  (command, loader) => {
    expect(loaderIn(command.split(' '))).toEqual(loader);
  },
);
