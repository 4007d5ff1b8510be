// docs/written-approvals.md as it is typed, with the cosign that people have: a reviewer signs, production imports by itself.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { goProgram } from '../../fixtures/ci-cache.ts';
import { componentBytes } from '../../fixtures/components/component.ts';
import { COSIGN } from '../../fixtures/go-programs.ts';
import { makeMachine } from '../../fixtures/system/machine.ts';

const PAGE = fileURLToPath(new URL('../../../docs/written-approvals.md', import.meta.url));

test('the commands of docs/written-approvals.md do what the page says, and cosign agrees', async () => {
  const cosign = await goProgram(COSIGN);
  const [reviewing, producing, checking] = [
    ...readFileSync(PAGE, 'utf8').matchAll(/```sh\n([\s\S]*?)```/g),
  ].map(([, text]) =>
    text!
      .replaceAll('\\\n', '')
      .split('\n')
      .map((line) => line.replace(/ +# .*$/, ''))
      .filter((line) => line !== ''),
  );
  const author = makeMachine();
  const reviewer = makeMachine();
  const production = makeMachine();
  author.install('weather');
  author.install('clock');
  production.install('clock', componentBytes('an older clock'));
  const done = (machine: typeof author, line: string) => {
    const ran = machine.sh(line.replace(/^cosign /, `${cosign}/cosign `));
    expect({ line, ...ran }).toMatchObject({ line, code: 0 });
    return `${ran.stdout}${ran.stderr}`;
  };
  const hand = (from: typeof author, to: typeof author, file: string) => {
    mkdirSync(path.dirname(path.join(to.home, file)), { recursive: true });
    copyFileSync(path.join(from.home, file), path.join(to.home, file));
  };
  done(author, 'wassette-state export -o tools.json --include-binaries');
  done(production, 'wassette-state export -o prod.json');
  hand(author, reviewer, 'tools.json');
  hand(production, reviewer, 'prod.json');
  for (const line of reviewing!)
    done(reviewer, line.startsWith('wassette-state approve') ? `${line} --yes` : line);
  for (const file of ['tools.json', 'alice.pub', 'approvals/tools.approval.json'])
    hand(reviewer, production, file);
  const [trust, take, serve] = producing!;
  done(production, trust!);
  expect(done(production, take!).replace(/\s+/g, ' ')).toContain(
    'Approved in writing by "alice@example.com"',
  );
  expect(production.installed().sort()).toEqual(['clock', 'weather']);
  expect(serve).toMatch(/^wassette-state serve .* -- wassette run$/);
  const [canonical, verify, allows] = checking!;
  done(reviewer, canonical!);
  expect(done(reviewer, verify!)).toContain('Verified OK');
  expect(JSON.parse(done(reviewer, allows!))).toMatchObject({ labels: ['production'] });
  writeFileSync(path.join(reviewer.home, 'snapshot.json'), '{}');
  expect(reviewer.sh(verify!.replace(/^cosign /, `${cosign}/cosign `)).code).not.toBe(0);
}, 900_000);
