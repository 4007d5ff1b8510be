import { describe, expect, it } from 'vitest';
import type { State, StatedComponent } from '../../../src/plan/comparison/state-difference.ts';
import { uncomparedBetween, unreadSecrets } from '../../../src/plan/comparison/uncompared.ts';

const TOOLS = [[{ name: 'run' }]];

function stated(component_id: string, changed: Partial<StatedComponent> = {}): StatedComponent {
  return {
    component_id,
    code: { sha256: 'a'.repeat(64), size: 10, sourceUri: null },
    tools: [],
    rights: 'none',
    policyText: null,
    secretNames: [],
    ...changed,
  };
}

function state(...components: StatedComponent[]): State {
  return { label: 'team.json', components, withoutPolicy: 'everything' };
}

describe('what could not be compared', () => {
  it('is nothing where both sides say everything, and where both say nothing', () => {
    const said = stated('x', { toolLists: TOOLS });
    expect(uncomparedBetween(state(said), state(said))).toEqual([]);
    expect(uncomparedBetween(state(stated('x')), state(stated('x')))).toEqual([]);
    expect(uncomparedBetween(state(), state(said))).toEqual([]); // that it was added is a difference
    expect(uncomparedBetween(state(said), state())).toEqual([]);
  });

  it('are tools of the same code that only the compared state has', () => {
    const said = (id: string) => stated(id, { toolLists: TOOLS });
    expect(uncomparedBetween(state(stated('x'), stated('y')), state(said('x'), said('y')))).toEqual([
      {
        component_ids: ['x', 'y'],
        about: 'tools',
        why: 'the snapshot does not say which tools were agreed on, and they cannot be read from its code',
        hint: expect.stringContaining('export the state anew'),
      },
    ]);
    const other = { sha256: 'b'.repeat(64), size: 10, sourceUri: null };
    expect(uncomparedBetween(state(stated('x', { code: other })), state(said('x')))).toEqual([]);
  });

  it('is not what a host does not say yet: what its code says then is all that is left to say', () => {
    expect(uncomparedBetween(state(stated('x', { toolLists: TOOLS })), state(stated('x')))).toEqual([]);
  });

  it('are secrets that cannot be read, unless nobody agreed on any, and those of a directory once', () => {
    const unread = (id: string, file: string) =>
      stated(id, { secretNames: null, unread: [unreadSecrets(file)] });
    const here = state(unread('x', '/secrets'), unread('y', '/secrets'), unread('z', 'z.yaml'));
    const found = uncomparedBetween(state(stated('x'), stated('y'), stated('z')), here);
    expect(found.map(({ component_ids, about }) => [about, component_ids])).toEqual([
      ['secrets', ['x', 'y']],
      ['secrets', ['z']],
    ]);
    const silent = ['x', 'y', 'z'].map((id) => stated(id, { secretNames: null }));
    expect(uncomparedBetween(state(...silent), here)).toEqual([]);
  });
});
