import { describe, expect, it } from 'vitest';
import { failing } from '../../fixtures/failing.ts';
import { plan, policyWith, present, targetOf, wanted } from '../../fixtures/plan.ts';
import { HOST_TABLE } from '../../fixtures/tables/host-table.ts';

const policyFor = (...hosts: string[]) =>
  policyWith('network:', '  allow:', ...hosts.map((host) => `  - host: ${JSON.stringify(host)}`));
const asking = (...hosts: string[]) => {
  const policy = policyFor(...hosts);
  return { ...wanted('a', { policy }), writtenIn: { what: 'policy' as const, text: policy } };
};
const DOCS = 'http://docs.example@127.0.0.1';
const forbidden = (more: Record<string, unknown> = {}) => failing('POLICY_FORBIDDEN_GRANT', more);

describe('a host that is not written as what it reaches (F-8)', () => {
  it.each(HOST_TABLE.filter(({ accepted }) => !accepted))(
    'is refused: $entry, with what a component would do by it: $may',
    ({ entry, may }) => {
      const would = may.replace(/,? through (?:the entry )?"[^"]*"$/, '');
      const message = `component "a": policy line 6: with the network host`;
      expect(() => plan([asking('fine.example', entry)])).toThrow(
        forbidden({
          message: expect.stringMatching(new RegExp(`^${message}`)),
          details: { component_id: 'a', line: 6, host: expect.any(String), would },
        }),
      );
    },
  );

  it.each(HOST_TABLE.filter(({ accepted }) => accepted))(
    'is not $entry, which an import may bring',
    ({ entry, may }) => {
      expect(plan([asking(entry)]).sentences.map(({ text }) => text)).toContain(`"a" may ${may}`);
    },
  );

  it('is named with the host it would reach', () => {
    expect(() => plan([asking(DOCS)])).toThrow(
      'component "a": policy line 5: with the network host "http://docs.example@127.0.0.1" it would reach "127.0.0.1" over http',
    );
  });

  it('is said, and not refused, where this very component has it here now', () => {
    const made = plan([asking(DOCS, 'new.example')], targetOf([present('a', { policy: policyFor(DOCS) })]));
    expect(made.sentences.map(({ text }) => text)).toEqual([
      '"a" will get another policy',
      '"a" may reach "new.example"',
    ]);
    expect(made.warnings).toContain(
      '"a": its network host "http://docs.example@127.0.0.1", with which it may reach "127.0.0.1" over http',
    );
  });

  it('is refused where only another component has it, or this one reaches the same in other words', () => {
    const others = targetOf([present('b', { policy: policyFor(DOCS) })]);
    const same = targetOf([present('a', { policy: policyFor('http://127.0.0.1') })]);
    for (const target of [others, same]) expect(() => plan([asking(DOCS)], target)).toThrow(forbidden());
  });

  it('comes back by an undo, said as what it reaches', () => {
    const made = plan([asking(DOCS)], targetOf(), { takesBack: [] });
    expect(made.sentences.map(({ text }) => text)).toContain('"a" may reach "127.0.0.1" over http');
    expect(made.warnings).toHaveLength(1);
  });

  it('can be taken by name', () => {
    const allowGrants = [{ component_id: 'a', entry: DOCS }];
    const made = plan([asking(DOCS)], targetOf(), { options: { allowGrants } });
    expect(made.sentences.map(({ text }) => text)).toContain('"a" may reach "127.0.0.1" over http');
    expect(() => plan([asking(DOCS, 'x@y')], targetOf(), { options: { allowGrants } })).toThrow(forbidden());
  });

  it('stays where nothing changes about the component', () => {
    const here = targetOf([present('a', { policy: policyFor(DOCS) })]);
    expect(plan([asking(DOCS)], here)).toMatchObject({ sentences: [], warnings: [] });
  });
});
