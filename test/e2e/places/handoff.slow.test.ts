// A handoff between two machines that share nothing but a place: signed and sealed, from the command line and between agents,
// with a real server of each kind and a real Wassette.
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { probeComponent } from '../../fixtures/components/probe.ts';
import { makeHost, policyText, type TestHost } from '../../fixtures/host.ts';
import { BUCKET_SERVERS } from '../../fixtures/servers/buckets/bucket-servers.ts';
import { startCurrentRegistry } from '../../fixtures/servers/registries/registries.ts';
import { KEYS } from '../../fixtures/sops-documents.ts';
import { type Machine, makeMachine } from '../../fixtures/system/machine.ts';
import { WrappedAgent } from '../../fixtures/wassette/wrapped-agent.ts';

/** Where a team keeps its tools, and what its program needs of the environment to get there. */
interface TeamPlace {
  /** Without a name or tag. */
  reference: string;
  env: Record<string, string>;
  stop(): Promise<void>;
}

const PLACES: [string, () => Promise<TeamPlace>][] = [
  [
    'an OCI registry',
    async () => {
      const { address, stop } = await startCurrentRegistry();
      return { reference: `oci://${address}/team/tools`, env: {}, stop };
    },
  ],
  ...BUCKET_SERVERS.map(({ name, service, start }): [string, () => Promise<TeamPlace>] => [
    name,
    async () => {
      const server = await start();
      const bucket = await server.makeBucket('team-tools');
      return { reference: `${service}://${bucket}/stable`, env: server.env, stop: () => server.stop() };
    },
  ]),
];

const SECRET = 'hunter2';
const SEALED = { TOKEN: SECRET };

describe.each(PLACES)('through %s', (_name, start) => {
  let place: TeamPlace;

  beforeAll(async () => {
    place = await start();
  });

  afterAll(async () => {
    await place?.stop();
  });

  /** As a person types it on that machine. */
  function sh(machine: Machine, line: string): string {
    const exported = Object.entries(place.env).map(([name, value]) => `export ${name}='${value}'; `);
    const { code, stdout, stderr } = machine.sh(`${exported.join('')}${line}`);
    expect(code, `${line}\n${stdout}${stderr}`).toBe(0);
    return stdout;
  }

  test('a person exports on one machine, and another imports what that one has signed and sealed', async () => {
    const [a, b] = [makeMachine(), makeMachine()];
    a.install('weather', readFileSync(await probeComponent({ name: 'weather' })));
    keysOn(a, b);
    secretsOn(a, 'weather', SEALED);
    const at = `${place.reference}:people`;
    sh(
      a,
      `wassette-state export -o ${at} --sign key.pem --include-secrets --recipient ${KEYS.mine.recipient}`,
    );
    expect(sh(b, `wassette-state list ${at}`)).toContain('weather');
    sh(b, 'wassette-state trust add team team.pem');
    expect(sh(b, `wassette-state verify ${at}`)).toContain('team');
    sh(b, `wassette-state import ${at} --require-signature --include-secrets --identity age.txt --yes`);
    expect(b.installed()).toEqual(['weather']);
    expect(readFileSync(secretsFile(b, 'weather'), 'utf8')).toContain(SECRET);
    expect(sh(b, `wassette-state diff ${at}`)).toContain('no difference');
    // What leaves with a copy is signed by the same.
    sh(b, `wassette-state copy ${at} copy.json`);
    expect(sh(b, 'wassette-state verify copy.json')).toContain('team');
  });

  test('agents hand tools over, inside what their operators allow, and the tools run in the same conversation', async () => {
    const [giver, taker] = [makeHost(), makeHost()];
    giver.install('weather', {
      code: readFileSync(await probeComponent({ name: 'weather' })),
      policy: policyText({ environment: ['TOKEN'] }),
    });
    giver.storeSecrets('weather', SEALED);
    const operator = makeMachine();
    keysOn(operator, operator);
    const file = (name: string) => path.join(operator.home, name);
    sh(operator, 'wassette-state trust add team team.pem --allowed-signers signers');
    const allow = ['--allow-remote', place.reference];
    const a = await agent(giver, [...allow, '--recipient', KEYS.mine.recipient]);
    const destination = `${place.reference}:agents`;
    const handed = await a.exportState({ destination, include_secrets: true });
    sh(operator, `wassette-state sign ${destination} --key key.pem`);

    const fenced = await agent(taker, []);
    const refused = await fenced.call('import_state', handed);
    expect([refused.isError, refused.text]).toEqual([true, expect.stringContaining('POLICY_OUTSIDE_FENCE')]);
    await fenced.stop();

    const b = await agent(taker, [
      ...allow,
      ...['--identity', file('age.txt'), '--require-signature', '--allowed-signers', file('signers')],
    ]);
    const imported = await b.importState({ ...handed, snapshot: destination, include_secrets: true });
    expect(imported.structured).toMatchObject({ status: 'applied' });
    expect((await b.call('weather-get-env', { name: 'TOKEN' })).text).toContain(SECRET);
    const states = await Promise.all([a, b].map((each) => each.call('list_snapshot_components')));
    expect(states[1]!.structured.state_digest).toBe(states[0]!.structured.state_digest);
  });

  function agent(host: TestHost, flags: string[]): Promise<WrappedAgent> {
    return WrappedAgent.start('0.8.0', host, { flags, env: place.env });
  }
});

/** `key.pem` and `age.txt` on the one, what opens and verifies on the other. */
function keysOn(a: Machine, b: Machine): void {
  const key = path.join(a.home, 'key.pem');
  const made = spawnSync('/bin/sh', [
    '-c',
    `openssl genpkey -algorithm ed25519 -out '${key}' && openssl pkey -in '${key}' -pubout -out '${key}.pub'`,
  ]);
  expect(made.status).toBe(0);
  chmodSync(key, 0o600);
  copyFileSync(`${key}.pub`, path.join(b.home, 'team.pem'));
  writeFileSync(path.join(b.home, 'age.txt'), `${KEYS.mine.identity}\n`, { mode: 0o600 });
}

function secretsFile({ home }: Machine, id: string): string {
  return path.join(home, '.config/wassette/secrets', `${id}.yaml`);
}

function secretsOn(machine: Machine, id: string, secrets: Record<string, string>): void {
  const file = secretsFile(machine, id);
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const lines = Object.entries(secrets).map(([name, value]) => `${name}: ${value}\n`);
  writeFileSync(file, lines.join(''), { mode: 0o600 });
}
