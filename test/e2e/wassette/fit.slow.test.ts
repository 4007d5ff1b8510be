// What we say that code can do, held against what components of several toolchains do in the real Wassette: under a policy that
// grants all they try, and under one that grants nothing of it.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CodeAbility } from '../../../src/component/abilities.ts';
import { fitInWords } from '../../../src/plan/words/fit.ts';
import { parsePolicy } from '../../../src/policy/policy.ts';
import { derive } from '../../fixtures/components/derived.ts';
import { Visitors } from '../../fixtures/components/fetch-probe.ts';
import { TOOLCHAIN_COMPONENTS, type ToolchainComponent } from '../../fixtures/components/toolchains.ts';
import { LiveWassette } from '../../fixtures/wassette/wassette.ts';

const root = realpathSync(mkdtempSync(path.join(tmpdir(), 'fit-')));
const dir = path.join(root, 'data');
const ENV = { DIR: dir, WORD: 'weather' };
const ALL = `version: "1.0"
permissions:
  network: { allow: [{ host: 127.0.0.1 }] }
  storage: { allow: [{ uri: "fs://${dir}", access: [read] }] }
  environment: { allow: [{ key: DIR }, { key: WORD }] }
`;
/** Where the directory is may be known: that grants nothing of it. */
const NOTHING = 'version: "1.0"\npermissions:\n  environment: { allow: [{ key: DIR }] }\n';

type Tried = Partial<Record<Exclude<CodeAbility, 'look-ups'>, boolean>>;
const codes = new Map<string, Uint8Array>();
const done = { granted: new Map<string, Tried>(), denied: new Map<string, Tried>() };
let visitors: Visitors;

/** Whether what a component tried went well, for all of them. */
async function tryAll(policy: string, into: Map<string, Tried>): Promise<void> {
  const componentDir = path.join(root, 'components');
  mkdirSync(componentDir, { recursive: true });
  for (const [id, code] of codes) {
    writeFileSync(path.join(componentDir, `${id}.wasm`), code);
    writeFileSync(path.join(componentDir, `${id}.policy.yaml`), policy);
  }
  const wassette = await LiveWassette.start({ version: '0.8.0', componentDir, home: root, env: ENV });
  try {
    await wassette.waitForStart(1_200_000);
    for (const component of TOOLCHAIN_COMPONENTS) into.set(component.id, await tried(component, wassette));
  } finally {
    await wassette.stop();
  }
}

async function tried({ tries }: ToolchainComponent, wassette: LiveWassette): Promise<Tried> {
  const { http, files, environment } = tries;
  const outcome: Tried = {};
  if (http !== undefined) {
    const before = visitors.count;
    await wassette.call(http.tool, { ...http.args(visitors.port) });
    outcome.http = visitors.count > before;
  }
  if (files !== undefined) outcome.files = found(await wassette.call(files.tool));
  if (environment !== undefined)
    outcome.environment = found(await wassette.call(environment.tool, { ...environment.args }));
  return outcome;
}

/** A number, a list of what was found in each directory, or the variable itself. */
function found({ text, isError }: { text: string; isError: boolean }): boolean {
  expect({ text, isError }).toMatchObject({ isError: false });
  return text.includes(ENV.WORD) || /\bone\b/.test(text) || Number(text) > 0;
}

beforeAll(async () => {
  mkdirSync(dir);
  writeFileSync(path.join(dir, 'one'), '1');
  visitors = await Visitors.at('127.0.0.1');
  for (const { id, make } of TOOLCHAIN_COMPONENTS) codes.set(id, await make());
  await tryAll(ALL, done.granted);
  await tryAll(NOTHING, done.denied);
}, 1_400_000);

afterAll(async () => {
  await visitors?.close();
  rmSync(root, { recursive: true, force: true });
});

const REMARKS = {
  http: 'but its code makes no HTTP requests',
  files: 'but its code opens no files',
  environment: 'but its code reads none',
} as const;

describe.each(TOOLCHAIN_COMPONENTS)('the component $id of $toolchain', ({ id, can }) => {
  const abilities = () => derive(codes.get(id)!).abilities!;
  const remarks = (policy: string) =>
    fitInWords({ abilities: abilities(), rights: parsePolicy(policy, { componentId: id }) });

  it('is found to be able to do what is known of it', () => {
    expect([...abilities()].sort()).toEqual([...can].sort());
  });

  it('does what it tries exactly where it is found to be able to, once that is granted', () => {
    for (const [ability, went] of Object.entries(done.granted.get(id)!))
      expect([ability, went]).toEqual([ability, abilities().has(ability as CodeAbility)]);
  });

  it('does none of it where nothing is granted', () => {
    for (const [ability, went] of Object.entries(done.denied.get(id)!))
      expect([ability, went]).toEqual([ability, false]);
  });

  it('has no remark that Wassette shows to be wrong', () => {
    const granted = remarks(ALL).join('\n');
    for (const [ability, went] of Object.entries(done.granted.get(id)!))
      expect([ability, granted.includes(REMARKS[ability as keyof Tried])]).toEqual([ability, !went]);
    const denied = remarks(NOTHING);
    expect(denied.includes('its code can make HTTP requests; no host is allowed')).toBe(can.includes('http'));
    expect(denied.includes('its code can open files; no directory is allowed')).toBe(can.includes('files'));
  });
});
