import { expect, it } from 'vitest';
import { loaderIn, programIn, withRun } from '../../../../tools/wrap/child/command.ts';

it.each([
  ['wassette run', 1],
  ['/opt/wassette run --component-dir run', 1],
  ['npx -y wassette run', 3],
  ['uv run wassette run --component-dir x', 3],
  ['wassette --component-dir x run', 3],
  ['wassette --component-dir run run', 3],
  ['uv run --with wassette wassette run', 5],
  ['docker run -i wassette run', 4],
  ['docker run image run', -1],
  ['docker run -i image', -1],
  ['npm --silent run start-it', -1],
  ['sudo -u wassette npm run start-it', -1],
  ['/bin/sh start.sh run', -1],
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

it.each([
  ['wassette serve', 'wassette run'],
  ['/opt/wassette serve --component-dir /x', '/opt/wassette run --component-dir /x'],
  ['wassette --component-dir /x serve', 'wassette run --component-dir /x'],
  ['uv run wassette serve', 'uv run wassette run'],
  [
    'wassette serve --streamable-http --bind-address 127.0.0.1:1 --env A=b --env-file=.env --disable-builtin-tools',
    'wassette run --env A=b --env-file .env --disable-builtin-tools',
  ],
  ['wassette serve --manifest m.yaml --env A=b --env C=d', 'wassette run --env A=b --env C=d'],
  ['docker run -i wassette serve', 'docker run -i wassette run'],
  [
    'docker run -i --rm ghcr.io/microsoft/wassette wassette serve --sse',
    'docker run -i --rm ghcr.io/microsoft/wassette wassette run',
  ],
  ['sudo -u wassette wassette serve', 'sudo -u wassette wassette run'],
  ['uv run --with wassette wassette serve', 'uv run --with wassette wassette run'],
])('`%s` listens on a port: what speaks on standard input and output is `%s`', (command, right) => {
  expect(withRun(command.split(' '))).toEqual(right.split(' '));
});

it.each([
  'wassette run',
  'wassette run --env serve=1 --component-dir serve',
  'wassette serve --stdio',
  'other serve',
  'docker run -i wassette',
  'docker run -i ghcr.io/microsoft/wassette wassette serve --stdio',
  'wassette run --component-dir /srv/wassette serve',
  'npx -y some-server serve',
])('`%s` is left as it is', (command) => {
  expect(withRun(command.split(' '))).toBeNull();
});
