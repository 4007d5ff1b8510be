import { expect, it } from 'vitest';
import { sameCommand } from '../../tools/command-line.ts';

it('a command that is printed again has no credential of an address in it, and keeps everything else', () => {
  const args = [
    ...['export', '--source', 'mail=https://me:hunter2@host.example/x.wasm?token=hunter2#x', '--name', 't'],
    ...[
      '--source=clock=oci://me:hunter2@host.example/x:1',
      '--tag',
      'a=b?c#d',
      '--allow-grant',
      'x=fs:///a?b#c',
    ],
  ];
  expect(sameCommand(args, { plus: ['--json'] })).toBe(
    'wassette-state export --source mail=https://host.example/x.wasm --name t ' +
      "--source=clock=oci://host.example/x:1 --tag 'a=b?c#d' --allow-grant 'x=fs:///a?b#c' --json",
  );
});
