import fc from 'fast-check';
import { expect, it } from 'vitest';
import { sha256Hex } from '../../src/codec/digest.ts';
import { hasInvisible } from '../../src/codec/yaml/characters.ts';
import { declarationFor, isNothing } from '../../src/deployment/expressible.ts';
import { generatedPolicy } from '../../src/deployment/generated-policy.ts';
import type { Grants } from '../../src/deployment/grants.ts';
import { grantsAsWritten } from '../../src/deployment/policy-order.ts';
import { type DeclaredComponent, parseDeployment } from '../../src/deployment/reading.ts';
import { deploymentText } from '../../src/deployment/writing.ts';
import { findGains } from '../../src/policy/gains.ts';
import { NOTHING_GRANTED } from '../../src/policy/name-rules.ts';
import type { Permissions } from '../../src/policy/policy.ts';
import { readPolicyText } from '../../src/policy/text.ts';
import { readDocument } from '../../src/snapshot/document.ts';
import { permissions } from '../fixtures/arbitrary.ts';
import { documentOf } from '../fixtures/document.ts';
import { permissionsOf } from '../fixtures/plan.ts';
import { holds } from '../fixtures/seed.ts';

/** Text that can be seen, signs of YAML above all. */
const visible = fc
  .array(
    fc.oneof(
      fc.constantFrom(...`:#-?'"\\ ,[]{}&*!|>%@\`=~.0e1`, 'null', 'true', ': ', ' #'),
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 2 }),
    ),
    {
      minLength: 1,
      maxLength: 6,
    },
  )
  .map((parts) => parts.join(''))
  .filter((text) => !hasInvisible(text) && !/\p{Noncharacter_Code_Point}/u.test(text));
const name = visible.filter((text) => !text.includes('*'));
const grants: fc.Arbitrary<Grants> = fc
  .record({
    network: fc.array(name, { maxLength: 3 }),
    storage: fc
      .array(name, { maxLength: 2 })
      .map((uris) =>
        uris.map((uri) => ({ uri: `fs://${uri}`, access: ['write' as const, 'read' as const] })),
      ),
    environment: fc.uniqueArray(name, { maxLength: 3 }),
  })
  .map((some) => (isNothing(some) ? { ...some, environment: [NOTHING_GRANTED] } : some));

const component: fc.Arbitrary<DeclaredComponent> = fc.record({
  component_id: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,5}x$/),
  uri: fc.constant(''),
  name: fc.option(visible),
  digest: fc.option(visible.map(sha256Hex)),
  grants,
  limits: fc.record({
    memoryBytes: fc.option(fc.nat().map(String)),
    cpuTimeMs: fc.option(fc.nat().map(String)),
  }),
});

/** A policy that says exactly this; JSON is YAML. */
function policyText({ storage, network, environment, runtime, resources, ipc }: Permissions): string {
  const { cpuMillicores: cpu, memoryBytes: memory, io } = resources;
  const uris = (list: readonly string[]) => list.map((uri) => ({ uri }));
  const limits = { cpu: cpu && `${cpu}m`, memory: memory && String(memory) };
  return JSON.stringify({
    version: '1.0',
    permissions: {
      storage,
      network,
      environment: { allow: environment.map((key) => ({ key })) },
      runtime,
      resources: { limits, io },
      ipc: { allow: uris(ipc.allow), deny: uris(ipc.deny) },
    },
  });
}

it('what is written is read as it was meant, whatever is in it', () =>
  holds(
    fc.property(
      fc.uniqueArray(component, { selector: (made) => made.component_id, minLength: 1, maxLength: 3 }),
      name,
      (made, folder) => {
        const declared = made.map((entry) => ({
          ...entry,
          uri: `file:///${folder}/${entry.component_id}.wasm`,
        }));
        expect(parseDeployment(Buffer.from(deploymentText(declared))).components).toEqual(declared);
      },
    ),
    300,
  ));

it('a generated policy grants what the manifest does, whatever is in it', () =>
  holds(
    fc.property(grants, fc.option(visible), (granted, called) => {
      const policy = generatedPolicy(granted, called);
      expect(grantsAsWritten(readPolicyText(policy))).toEqual(granted);
      expect(permissionsOf(policy)).toMatchObject({ runtime: null, resources: { memoryBytes: null } });
    }),
    300,
  ));

it('what is lost on the way to a manifest gains nothing but the limits that it cannot set, and is told', () =>
  holds(
    fc.property(permissions, (before) => {
      const document = readDocument(documentOf([{ id: 'a', policy: policyText(before) }]));
      const [component] = document.tree.components;
      const told: string[] = [];
      const { grants } = declarationFor(
        component!,
        document.policyOf(component!),
        (text) => told.push(text),
        'everything',
      );
      const after = permissionsOf(generatedPolicy(grants, 'a'));
      const gains = findGains(before, after);
      expect(gains.filter(({ enforced }) => enforced).map(({ kind }) => kind)).toEqual(
        before.resources.memoryBytes === null ? [] : ['limit'],
      );
      if (gains.length + findGains(after, before).length > 0) expect(told).not.toEqual([]);
    }),
    300,
  ));
