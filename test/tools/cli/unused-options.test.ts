// No option is taken and then does nothing: where it would have no effect it is refused, in every command and mode.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { command } from '../../fixtures/command-line.ts';
import { failing } from '../../fixtures/failing.ts';
import { makeHost, policyText, type TestHost } from '../../fixtures/host.ts';
import { keyText } from '../../fixtures/signing.ts';
import { KEYS } from '../../fixtures/sops-documents.ts';

let host: TestHost;
let folder: string;
const at = (name: string) => path.join(folder, name);

beforeEach(async () => {
  host = makeHost();
  folder = path.dirname(host.locations.componentDir);
  host.install('tool', { policy: policyText({}) });
  writeFileSync(at('key.pem'), keyText('ed25519'), { mode: 0o600 });
  writeFileSync(at('age.txt'), `${KEYS.mine.identity}\n`, { mode: 0o600 });
  writeFileSync(at('passphrase'), 'unneeded\n', { mode: 0o600 });
  await command('export', '--name', 'tools', ...host.flags);
});

/**
 * Every option, by name, and the command lines in which it would do nothing. `KEY`, `AGE`, `PASS` and `FILE` are files.
 * An option that is in no mode without an effect has none. What is said of the answer itself (`--json`, `--quiet`,
 * `--no-color`, `--yes` where nothing has to be decided) holds of every answer.
 */
const NOWHERE: Record<string, readonly string[]> = {
  abandon: [],
  'allow-dir': ['install --uninstall --allow-dir .'],
  'allow-empty': [],
  'allow-finding': ['install --uninstall --allow-finding 0123456789ab'],
  'allow-grant': [],
  'allow-remote': [
    ...[
      'export',
      'list',
      'import tools',
      'undo',
      'doctor',
      'diff tools',
      'policy explain tools',
      'serve',
    ].map((line) => `${line} --allow-remote`),
    'list tools --allow-remote http://a.example/',
    'install --uninstall --allow-remote http://a.example/',
    'undo --list --allow-remote http://a.example/',
    'approve --allow-remote oci://a.example/',
  ],
  'allowed-signers': ['install --uninstall --allowed-signers FILE'],
  approval: ['install --uninstall --approval ask'],
  approvals: [
    'install --uninstall --approvals FILE',
    'install --read-only --approvals FILE --label a',
    'serve --read-only --approvals FILE --label a',
    'import tools --yes --approvals FILE --label a',
  ],
  approve: ['import tools --yes --approve 123456789012', 'import tools --dry-run --approve 123456789012'],
  bundle: ['export --bundle FILE'],
  canonical: [],
  'client-config': [],
  color: [],
  'component-dir': [
    ...['store list', 'store remove tools', 'store prune', 'log', 'trust list', 'trust add a FILE'].map(
      (line) => `${line} --component-dir .`,
    ),
    'trust remove a --component-dir .',
    'sign tools --key KEY --component-dir .',
    'reseal tools --secrets FILE --component-dir .',
    'install --uninstall --component-dir .',
    'serve --component-dir . wassette run',
  ],
  components: [
    'approve --components a',
    ...['--canonical', '--secrets', '--identity'].map((mode) => `inspect tools ${mode} --components tool`),
  ],
  compress: [
    'export -o FILE --compress gzip',
    'export -o FILE.yaml --compress gzip',
    'copy tools FILE --compress zstd',
    'merge tools tools -o FILE --compress zstd',
  ],
  description: ['export -o FILE.yaml --description d'],
  directory: [
    'approve tools --key KEY --for a --until 1d -o FILE --directory fs:///a=/b',
    'approve --directory fs:///a=/b',
  ],
  'dry-run': ['undo --list --dry-run', 'import tools --yes --dry-run', 'install --yes --dry-run'],
  empty: ['approve --empty', 'approve tools --key KEY --for a --until 1d -o FILE --empty --target tools'],
  evidence: [],
  for: ['approve --for a'],
  force: ['undo --list --force'],
  format: ['diff tools --json --format text', 'diff tools --quiet --format markdown'],
  html: [],
  global: [],
  identity: [
    'import tools --identity AGE',
    'approve --identity AGE',
    'approve tools --key KEY --for a --until 1d -o FILE --identity AGE',
    'inspect tools --canonical --identity',
    'serve --read-only --identity AGE',
    'install --read-only --identity AGE',
    'install --uninstall --identity AGE',
  ],
  'include-binaries': [
    'export --no-include-binaries',
    'export -o tools --no-include-binaries',
    'export -o oci://127.0.0.1:1/a --no-include-binaries',
    'copy tools other --no-include-binaries',
    'merge tools tools -o other --no-include-binaries',
    'copy tools s3://bucket/a --no-include-binaries',
    'export -o FILE.yaml --include-binaries',
  ],
  'include-secrets': ['approve --include-secrets'],
  json: [
    'inspect tools --canonical --json',
    'inspect tools --secrets --json',
    'approve --json',
    'export -o - --json',
    'copy tools - --json',
    'review tools --html - --json',
  ],
  key: ['approve --list --key KEY'],
  'key-passphrase-file': [
    'export --key-passphrase-file PASS',
    'export --sign KEY --key-passphrase-file PASS',
    'sign tools --key KEY --key-passphrase-file PASS',
    'approve --key-passphrase-file PASS',
  ],
  label: [
    'import tools --label a',
    'serve --label a',
    'install --uninstall --label a',
    'serve --read-only --label a',
  ],
  list: ['approve 123456789012 --list', 'approve --list --revoke 123456789012'],
  'keep-daily': [],
  'keep-last': [],
  last: ['log --verify --last 3'],
  'keep-monthly': [],
  'keep-weekly': [],
  'if-changed': ['export -o - --if-changed'],
  narrower: ['merge tools tools -o FILE --narrower tool'],
  name: ['export -o FILE --name a', 'reseal tools --secrets FILE -o FILE --name a'],
  'map-dir': ['approve --map-dir /a=/b'],
  'never-widen': ['install --uninstall --never-widen'],
  open: ['review tools --html - --open'],
  ours: ['merge tools tools -o FILE --ours tool'],
  output: ['approve -o FILE'],
  overlay: ['approve --overlay FILE'],
  'passphrase-file': [
    'export --passphrase-file PASS',
    'import tools --passphrase-file PASS',
    'import tools --include-secrets --identity AGE --passphrase-file PASS',
    'serve --passphrase-file PASS',
    'serve --identity AGE --passphrase-file PASS',
    'install --passphrase-file PASS',
    'install --uninstall --identity AGE --passphrase-file PASS',
    'approve --passphrase-file PASS',
    'approve tools --key KEY --for a --until 1d -o FILE --include-secrets --passphrase-file PASS',
  ],
  'plan-lifetime': [
    'serve --plan-lifetime 1d',
    'serve --read-only --approval operator --plan-lifetime 1d',
    'install --uninstall --plan-lifetime 1d',
  ],
  policy: ['undo --list --policy FILE', 'install --uninstall --policy FILE'],
  quiet: [],
  'read-only': ['install --uninstall --read-only'],
  recipient: ['export --recipient RECIPIENT', 'install --uninstall --recipient RECIPIENT'],
  'remove-extra': ['approve --remove-extra'],
  'require-signature': ['install --uninstall --require-signature'],
  revoke: ['approve 123456789012 --revoke 123456789012'],
  secrets: ['inspect tools --canonical --secrets'],
  'secrets-dir': [
    ...['store list', 'store remove tools', 'store prune', 'log', 'trust list', 'trust add a FILE'].map(
      (line) => `${line} --secrets-dir .`,
    ),
    ...['trust remove a', 'inspect tools', 'verify tools', 'list tools', 'diff tools tools'].map(
      (line) => `${line} --secrets-dir .`,
    ),
    ...['undo --list', 'approve', 'approve --list', 'approve --revoke 123456789012'].map(
      (line) => `${line} --secrets-dir .`,
    ),
    'sign tools --key KEY --secrets-dir .',
    'reseal tools --secrets FILE --secrets-dir .',
    'install --uninstall --secrets-dir .',
    'serve --secrets-dir . wassette run',
  ],
  sign: ['export -o FILE.yaml --sign KEY'],
  since: ['log --verify --since 7d'],
  'skip-existing': ['approve --skip-existing'],
  source: [],
  ssh: ['export --ssh'],
  'state-dir': [
    'trust list --state-dir .',
    'install --uninstall --state-dir .',
    'store list s3://bucket/a --state-dir .',
    'store list oci://registry.example/a --state-dir .',
    'store prune s3://bucket/a --state-dir .',
    'store remove s3://bucket/a:b --state-dir .',
  ],
  tag: ['export -o FILE.yaml --tag a=b'],
  target: ['approve --target tools'],
  theirs: ['merge tools tools -o FILE --theirs tool'],
  uninstall: [],
  until: ['approve --until 1d'],
  'valid-after': [],
  'valid-before': [],
  verify: ['import tools --no-verify', 'log tools --verify'],
  wassette: ['install --uninstall --wassette FILE'],
  'wassette-url': [
    'undo --list --wassette-url http://127.0.0.1:9/mcp',
    'list tools --wassette-url http://127.0.0.1:9/mcp',
    'diff tools tools --wassette-url http://127.0.0.1:9/mcp',
    'serve --wassette-url http://127.0.0.1:9/mcp wassette run',
  ],
  without: ['approve --without a:b'],
  yes: ['undo --list --yes', 'approve --yes', 'install --dry-run --yes'],
};

/** With the files of this test, and the state directory where the command takes one and none is named. */
function wordsOf(line: string): string[] {
  const files: Record<string, string> = {
    KEY: at('key.pem'),
    AGE: at('age.txt'),
    PASS: at('passphrase'),
    RECIPIENT: KEYS.mine.recipient,
    FILE: at('other.json'),
    'FILE.yaml': at('other.yaml'),
  };
  const words = line.split(' ').map((word) => files[word] ?? word);
  const isOfAState = !/^(serve|install|trust list)/.test(line) && !line.includes('--state-dir');
  if (!isOfAState) return words;
  const own = words.includes('--component-dir') || words.includes('--secrets-dir');
  const flags = own ? host.flags.slice(-2) : host.flagsFor(...words);
  return [...words, ...flags];
}

describe('an option that would have no effect', () => {
  it.each(Object.values(NOWHERE).flat())('is refused: %s', async (line) => {
    const { code, stdout, stderr } = await command(
      ...wordsOf(line),
      ...(line.startsWith('serve') ? [] : ['--json']),
    );
    expect(code, stderr).toBe(2);
    expect(stderr).toContain('USAGE_BAD_ARGUMENT');
    if (stdout !== '') expect(JSON.parse(stdout).error).toEqual(failing('USAGE_BAD_ARGUMENT'));
  });

  it('is in the table above for each option of each command', async () => {
    const known = new Set(Object.keys(NOWHERE));
    const unknown = new Set<string>();
    const commands = await commandsOf();
    expect(commands).toContainEqual(['store', 'list']);
    for (const words of commands)
      for (const name of await optionsOf(words))
        if (!known.has(name)) unknown.add(`${words.join(' ')} --${name}`);
    expect([...unknown], 'Say in which modes it would have no effect, and refuse it there.').toEqual([]);
  });
});

async function commandsOf(words: readonly string[] = []): Promise<string[][]> {
  const listed = (await command(...words, '--help')).stdout.split('\nCommands:\n')[1]?.split('\n\n')[0] ?? '';
  const names = [...listed.matchAll(/^ {2}([a-z-]+)/gm)].map(([, name]) => name!);
  const found: string[][] = [];
  for (const name of names.filter((each) => each !== 'help')) {
    const inner = await commandsOf([...words, name]);
    found.push(...(inner.length > 0 ? inner : [[...words, name]]));
  }
  return found;
}

async function optionsOf(words: readonly string[]): Promise<string[]> {
  const { stdout } = await command(...words, '--help');
  const names = [...stdout.matchAll(/^ {2}(?:-\w, )?--(?:no-)?([a-z-]+)/gm)].map(([, name]) => name!);
  return names.filter((name) => name !== 'help');
}
