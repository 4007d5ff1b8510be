import { expect, it } from 'vitest';
import { hidesSome, sameCommand } from '../../tools/command-line.ts';

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

it('an address in a text or a permission stays as it is, and a source ends where the next begins', () => {
  const told = [
    ...[
      '--description',
      'see https://wiki.example/page?id=7#top',
      '--tag=doc=https://wiki.example/a?b=1,team=x',
    ],
    ...['--allow-grant', 'w=http://docs.example@10.0.0.1', '--without', 'w:http://docs.example@10.0.0.1'],
  ];
  const printed = told.map((word) => (/[ ?#]/.test(word) ? `'${word}'` : word));
  expect(sameCommand(['export', ...told], {})).toBe(['wassette-state export', ...printed].join(' '));
  expect(hidesSome(told)).toBe(false);
  const sources = 'a=https://me:hunter2@host.example/a.wasm?token=hunter2,b=https://host.example/b.wasm';
  for (const words of [['--source', sources], [`--source=${sources}`]]) {
    const again = sameCommand(['export', ...words], {});
    expect(again).toContain('a=https://host.example/a.wasm,b=https://host.example/b.wasm');
    expect(hidesSome(words)).toBe(true);
  }
});

it('what is added stands before "--", behind which nothing is an option', () => {
  const args = ['import', '--dry-run', '--', '-odd.json', '--dry-run'];
  expect(sameCommand(args, { withoutFlags: ['--dry-run'], plus: ['--approve', 'sha256:1'] })).toBe(
    'wassette-state import --approve sha256:1 -- -odd.json --dry-run',
  );
});
