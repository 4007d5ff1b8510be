// What is said of a component that cannot be joined: which two things stand against each other, and what each side did.
import { describe, expect, it } from 'vitest';
import { mergeConflicts } from '../../../src/plan/comparison/merge-conflict.ts';
import { readDocument } from '../../../src/snapshot/document.ts';
import { mergedDocument } from '../../../src/snapshot/merge/documents.ts';
import type { SnapshotComponent } from '../../../src/snapshot/shape.ts';
import { documentOf } from '../../fixtures/document.ts';
import { policyText } from '../../fixtures/host.ts';

const LABELS = { base: 'base', ours: 'ours', theirs: 'theirs' };
type Change = Partial<SnapshotComponent>;

/** The one conflict of a component that three snapshots have so. */
function conflictOf({ base, ours, theirs }: Record<'base' | 'ours' | 'theirs', Change>) {
  const documentWith = (change: Change) => {
    const tree = documentOf([{ id: 'weather' }]);
    const components = [{ ...tree.components[0]!, ...change }];
    return readDocument(documentOf([{ id: 'weather', ...withPolicy(change) }], { components }));
  };
  const sides = { base: documentWith(base), ours: documentWith(ours), theirs: documentWith(theirs) };
  const { conflicts } = mergedDocument(sides, new Map());
  expect(conflicts).toHaveLength(1);
  return mergeConflicts(conflicts!, sides, LABELS)[0]!;
}

/** The digest of the state is over it. */
const withPolicy = ({ policy }: Change) => (policy ? { policy: policy.content } : {});
const granting = (...network: string[]): Change => ({
  policy: { content: policyText({ network }), source_uri: 'inline', created_at: 1 },
});

describe('a conflict', () => {
  it('about where the same code came from names both addresses, and what each side had before', () => {
    const { reasons, ours, theirs } = conflictOf({
      base: { source_uri: 'https://a.example/' },
      ours: { source_uri: 'https://b.example/' },
      theirs: { source_uri: 'https://c.example/' },
    });
    expect(reasons).toEqual([
      'has the same code from two sources: "https://b.example/" in ours, and "https://c.example/" in theirs',
    ]);
    const untold = { action: 'changed', code: null, policy: null, secretNames: null };
    const from = '"source_uri": "https://a.example/" becomes';
    expect(ours).toMatchObject({ ...untold, fields: [`${from} "https://b.example/"`] });
    expect(theirs).toMatchObject({ ...untold, fields: [`${from} "https://c.example/"`] });
  });

  it('about a field of a later version names both values', () => {
    const { reasons, ours, theirs } = conflictOf({ base: { later: 1 }, ours: { later: [2] }, theirs: {} });
    expect(reasons).toEqual(['has two values of "later": [2] in ours, and nothing in theirs']);
    expect(ours?.fields).toEqual(['"later": 1 becomes [2]']);
    expect(theirs?.fields).toEqual(['"later": 1 becomes nothing']);
  });

  it('about a policy says which side has none, or leaves that of its host as it is', () => {
    const { reasons, ours, theirs } = conflictOf({
      base: { keep_policy: true },
      ours: {},
      theirs: granting('a'),
    });
    expect(reasons).toEqual(['has no policy in ours, and a policy of its own in theirs']);
    expect(ours?.fields).toEqual(['policy: that of its host becomes none']);
    expect(theirs?.fields).toEqual(['policy: that of its host becomes its own']);
  });

  it('says of a side that it left the component as it was only where that is so', () => {
    const { reasons, ours, theirs } = conflictOf({
      base: granting('a'),
      ours: { keep_policy: true },
      theirs: { policy: { ...granting('a', 'b').policy!, source_uri: 'file:///b.yaml' } },
    });
    expect(reasons).toEqual(['has the policy of its host in ours, and a policy of its own in theirs']);
    expect(ours?.fields).toEqual(['policy: its own becomes that of its host']);
    expect(theirs).toMatchObject({
      policy: { gains: ['may reach "b"'] },
      fields: ['"policy.source_uri": "inline" becomes "file:///b.yaml"'],
    });
  });

  it('about a comment names the entry that one side wrote it on and the other changed', () => {
    const policy = (host: string, comment = ''): Change => {
      const content = `version: "1.0"\npermissions:\n  network:\n    allow:\n${comment}      - host: ${host}\n`;
      return { policy: { content, source_uri: 'inline', created_at: 1 } };
    };
    const { reasons, ours, theirs } = conflictOf({
      base: policy('https://a'),
      ours: policy('https://a', '      # INC-7: never without TLS\n'),
      theirs: policy('a'),
    });
    expect(reasons).toEqual([
      'has the entry "network host a", which one side changed and the other wrote a comment on',
    ]);
    expect(ours?.policy?.patch).toContain('\n+      # INC-7: never without TLS\n');
    expect(theirs).toMatchObject({ policy: { gains: ['may reach "a" over http'] } });
  });
});
