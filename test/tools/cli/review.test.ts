// `wassette-state review`: a page that shows a plan, and the command on it that approves exactly that.
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { command } from '../../fixtures/command-line.ts';
import { makeHost, policyText, type TestHost } from '../../fixtures/host.ts';

let taker: TestHost;
let folder: string;
const at = (name: string) => path.join(folder, name);

beforeEach(async () => {
  const giver = makeHost();
  giver.install('weather', { policy: policyText({ network: ['api.example.com'] }) });
  taker = makeHost();
  folder = path.dirname(taker.locations.componentDir);
  const { code } = await command('export', '-o', at('tools.json'), '--include-binaries', ...giver.flags);
  expect(code).toBe(0);
});

const review = (...args: string[]) => command('review', at('tools.json'), ...args, ...taker.flags);

describe('a review', () => {
  it('writes a page that only its user can read, and changes nothing', async () => {
    const { code, stdout } = await review('--html', at('page.html'));
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining(at('page.html')) });
    expect(statSync(at('page.html')).mode & 0o777).toBe(0o600);
    expect(readFileSync(at('page.html'), 'utf8')).toContain('may reach &quot;api.example.com&quot;');
    expect(taker.files()).toEqual({});
  });

  it('keeps the plan, so that its digest on the page approves it', async () => {
    const { stdout } = await review('--html', at('page.html'), '--json');
    const { plan_digest: digest, page } = JSON.parse(stdout);
    const text = readFileSync(page, 'utf8').replace(/<\/?span>/g, '');
    expect(text.split(`--approve ${digest}`)).toHaveLength(3);
    const { code } = await command('import', at('tools.json'), '--approve', digest, ...taker.flags);
    expect(code).toBe(0);
    expect(Object.keys(taker.files())).toContain('weather.wasm');
  });

  it('without a file makes a new one in a private folder, and with --quiet prints only where', async () => {
    const { stdout } = await review('--quiet');
    const file = stdout.trimEnd();
    onTestFinished(() => rmSync(path.dirname(file), { recursive: true }));
    expect(path.basename(file)).toBe('review.html');
    expect(statSync(path.dirname(file)).mode & 0o777).toBe(0o700);
    expect(readFileSync(file, 'utf8')).toMatch(/^<!doctype html>/);
  });

  it('goes to standard output alone', async () => {
    const { stdout, code } = await review('--html', '-');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^<!doctype html>[\s\S]*<\/html>\n$/);
  });

  it('of what is here already has nothing to approve', async () => {
    await command('import', at('tools.json'), '--yes', ...taker.flags);
    const { stdout } = await review('--html', at('page.html'));
    expect(stdout).toContain('Nothing to do');
    expect(readFileSync(at('page.html'), 'utf8')).not.toContain('--approve');
  });

  it('replaces an earlier page, and no other file', async () => {
    for (const expected of [0, 0]) expect((await review('--html', at('page.html'))).code).toBe(expected);
    writeFileSync(at('notes.html'), 'my notes\n');
    const { code, stderr } = await review('--html', at('notes.html'));
    expect({ code, stderr }).toMatchObject({ code: 7, stderr: expect.stringContaining('STORE_EXISTS') });
    expect(readFileSync(at('notes.html'), 'utf8')).toBe('my notes\n');
  });

  it.each([
    ['components/page.html', 5, 'POLICY_OUTSIDE_FENCE'],
    ['state/page.html', 5, 'POLICY_OUTSIDE_FENCE'],
    ['nowhere/page.html', 7, 'STORE_NOT_FOUND'],
    ['folder', 7, 'STORE_UNSAFE_FILE'],
  ])('is not written to %s', async (name, expected, error) => {
    mkdirSync(at('folder'));
    const { code, stderr } = await review('--html', at(name));
    expect({ code, stderr }).toMatchObject({ code: expected, stderr: expect.stringContaining(error) });
    expect(taker.files()).toEqual({});
  });
});

describe('--open', () => {
  function withPath(directory: string): void {
    const before = process.env.PATH;
    process.env.PATH = directory;
    onTestFinished(() => {
      process.env.PATH = before;
    });
  }

  it.skipIf(process.platform !== 'linux')(
    'hands the file to the program of the system, as one argument',
    async () => {
      mkdirSync(at('bin'));
      writeFileSync(
        at('bin/xdg-open'),
        `#!/bin/sh\nprintf '%s|' "$@" > ${at('given.tmp')}\n/bin/mv ${at('given.tmp')} ${at('given')}\n`,
      );
      chmodSync(at('bin/xdg-open'), 0o755);
      withPath(at('bin'));
      const odd = at('--a page; $(touch x).html');
      expect((await review('--html', odd, '--open')).code).toBe(0);
      await expect.poll(() => existsSync(at('given'))).toBe(true);
      expect(readFileSync(at('given'), 'utf8')).toBe(`${odd}|`);
    },
  );

  it('where there is no such program, says where the page is', async () => {
    withPath(at('nothing-here'));
    const { code, stderr } = await review('--html', at('page.html'), '--open');
    expect(code).toBe(2);
    expect(stderr).toContain(`open it yourself: ${at('page.html')}`);
  });
});

it('`diff --format html` is a page with what differs', async () => {
  const { stdout, code } = await command('diff', at('tools.json'), '--format', 'html', ...taker.flags);
  expect(code).toBe(1);
  expect(stdout).toMatch(
    /^<!doctype html>[\s\S]*&quot;weather&quot;<\/span> removed; code: [\s\S]*<\/html>\n$/,
  );
});
