// How often an approving call does what one must be able to do once: the real functions, counted.
import { beforeEach, expect, it, vi } from 'vitest';
import type * as interfaces from '../../src/component/derived-interface.ts';
import { exportStateTo } from '../../src/export.ts';
import type * as planRoom from '../../src/plan/plan.ts';
import type * as policyText from '../../src/policy/text.ts';
import type * as locations from '../../src/wassette/locations.ts';
import { importStateTool } from '../../tools/mcp/import-state.ts';
import type { ToolContext } from '../../tools/mcp/tool.ts';
import { makeHost, policyText as policy } from '../fixtures/host.ts';

const counts = vi.hoisted(() => ({ plans: 0, policiesParsed: 0, locationsResolved: 0, codeDecoded: 0 }));

vi.mock('../../src/plan/plan.ts', async (original) => {
  const real = await original<typeof planRoom>();
  return {
    ...real,
    planImport: (...args: Parameters<typeof real.planImport>) => {
      counts.plans++;
      return real.planImport(...args);
    },
  };
});
vi.mock('../../src/policy/text.ts', async (original) => {
  const real = await original<typeof policyText>();
  return {
    ...real,
    readPolicyText: (text: string) => {
      counts.policiesParsed++;
      return real.readPolicyText(text);
    },
  };
});
vi.mock('../../src/wassette/locations.ts', async (original) => {
  const real = await original<typeof locations>();
  return {
    ...real,
    resolveLocations: (...args: Parameters<typeof real.resolveLocations>) => {
      counts.locationsResolved++;
      return real.resolveLocations(...args);
    },
  };
});
vi.mock('../../src/component/derived-interface.ts', async (original) => {
  const real = await original<typeof interfaces>();
  return {
    ...real,
    deriveInterface: (...args: Parameters<typeof real.deriveInterface>) => {
      counts.codeDecoded++;
      return real.deriveInterface(...args);
    },
  };
});

beforeEach(() => {
  for (const key of Object.keys(counts) as (keyof typeof counts)[]) counts[key] = 0;
});

it('an approving call parses each policy once, plans twice, resolves the locations once and reads no code for the review again', async () => {
  const giver = makeHost();
  giver.install('weather', { code: 'new', policy: policy({ environment: ['CITY'] }) });
  const { reference } = await exportStateTo({ name: 'tools' }, giver.locations);
  const taker = makeHost({ stateDir: giver.locations.stateDir });
  taker.install('weather', { code: 'old', policy: policy({ network: ['old.example'] }) });
  const context: ToolContext = {
    server: {
      locations: taker.locations,
      allowDirs: [],
      allowRemote: [],
      readOnly: false,
      neverWiden: false,
    },
    signal: new AbortController().signal,
    onProgress: () => undefined,
    caller: { by: 'agent' },
    canAsk: true,
    showsPages: false,
    ask: async () => 'approved',
  };
  const call = (input: object) => importStateTool.handle(importStateTool.input.parse(input), context);
  const planned = await call({ snapshot: reference });
  const approving = planned.structured.next_step!.arguments;
  for (const key of Object.keys(counts) as (keyof typeof counts)[]) counts[key] = 0;
  expect((await call(approving)).structured.status).toBe('applied');
  console.log('an approving call for one component, with a policy that comes and one that goes:', counts);
  expect(counts).toEqual({
    plans: 2,
    policiesParsed: 2, // the one that comes and the one that is there
    locationsResolved: 1,
    codeDecoded: 0,
  });
});
