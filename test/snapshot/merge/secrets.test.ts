// Which sealed secrets come along when two snapshots are joined: never those that one side has replaced or taken away.
import { describe, expect, it } from 'vitest';
import { type Document, readDocument } from '../../../src/snapshot/document.ts';
import { mergedDocument } from '../../../src/snapshot/merge/documents.ts';
import { sealSecrets } from '../../../src/snapshot/sealed-secrets.ts';
import { documentOf } from '../../fixtures/document.ts';
import { policyText } from '../../fixtures/host.ts';
import { countedRandom, KEYS } from '../../fixtures/sops-documents.ts';

const LEAVER = [KEYS.mine.recipient, KEYS.other.recipient];
const STAYING = [KEYS.mine.recipient];

/** @param token the value of the one secret; null for a snapshot without */
async function snapshot(
  token: string | null,
  { hosts = ['a'], recipients = LEAVER, description = 'tools' } = {},
): Promise<Document> {
  const tree = documentOf([{ id: 'weather', policy: policyText({ network: hosts }) }], {
    metadata: { description },
  });
  if (token === null) return readDocument(tree);
  return readDocument({ ...tree, secrets: await sealed(token, tree.state_digest, recipients) });
}

/** Sealed once for each token, state and set of recipients: a key that opens them is new each time. */
const linesOf = new Map<string, string[]>();
async function sealed(token: string, stateDigest: string, recipients: readonly string[]): Promise<string[]> {
  const key = JSON.stringify([token, stateDigest, recipients]);
  const values = new Map([['weather', new Map([['TOKEN', token]])]]);
  const fresh = { random: countedRandom(), time: '2026-11-26T08:00:00Z' };
  const lines = linesOf.get(key) ?? (await sealSecrets(values, stateDigest, recipients, fresh));
  linesOf.set(key, lines);
  return [...lines];
}

function joined(base: Document | null, ours: Document, theirs: Document) {
  const merged = mergedDocument({ base, ours, theirs }, new Map());
  if (merged.document === null) throw new Error('in conflict');
  return { secrets: merged.document.tree.secrets, notes: merged.notes };
}

const left = (side: string) =>
  `both sides changed the sealed secrets, and those of ${side} are left out: "weather": "TOKEN"`;

describe('sealed secrets that one side alone has', () => {
  it('sealed anew are taken, whichever side that is and whatever else the other has changed', async () => {
    const base = await snapshot('old');
    const resealed = await snapshot('new', { recipients: STAYING });
    const described = await snapshot('old', { description: 'more tools' });
    expect(joined(base, described, resealed)).toEqual({ secrets: resealed.tree.secrets, notes: [] });
    expect(joined(base, resealed, described)).toEqual({ secrets: resealed.tree.secrets, notes: [] });
  });

  it('taken away stay away', async () => {
    const base = await snapshot('old');
    const none = await snapshot(null);
    const described = await snapshot('old', { description: 'more tools' });
    expect(joined(base, described, none)).toEqual({ secrets: undefined, notes: [] });
    expect(joined(base, none, described)).toEqual({ secrets: undefined, notes: [] });
  });

  it('added come along where the other left that state alone', async () => {
    const base = await snapshot(null);
    const added = await snapshot('new', { hosts: ['a', 'b'] });
    expect(joined(base, await snapshot(null, { description: 'more' }), added)).toEqual({
      secrets: added.tree.secrets,
      notes: [],
    });
  });

  it('are left out with a note where the other changed the state that they are for', async () => {
    const base = await snapshot(null);
    const added = await snapshot('new', { hosts: ['a', 'b'] });
    expect(joined(base, added, await snapshot(null, { hosts: ['a', 'c'] }))).toEqual({
      secrets: undefined,
      notes: ['the sealed secrets of ours are for its own state, and are left out: "weather": "TOKEN"'],
    });
  });
});

describe('sealed secrets that both sides have', () => {
  it('alike come along, and nothing is said to be left out', async () => {
    const all = [await snapshot('old'), await snapshot('old'), await snapshot('old')] as const;
    expect(joined(...all)).toEqual({ secrets: all[0].tree.secrets, notes: [] });
  });

  it('and that both have sealed anew are left out, and a note names each', async () => {
    const base = await snapshot('old');
    const [ours, theirs] = [await snapshot('one'), await snapshot('two', { recipients: STAYING })];
    expect(joined(base, ours, theirs)).toEqual({ secrets: undefined, notes: [left('ours'), left('theirs')] });
    expect(joined(null, ours, theirs)).toEqual({ secrets: undefined, notes: [left('ours'), left('theirs')] });
  });

  it('are left out where one sealed them for what it grants, and the other for fewer people', async () => {
    const base = await snapshot('old');
    const granted = await snapshot('granted', { hosts: ['a', 'b'] });
    const resealed = await snapshot('new', { recipients: STAYING });
    const notes = [left('ours'), left('theirs')];
    expect(joined(base, granted, resealed)).toEqual({ secrets: undefined, notes });
    expect(joined(base, resealed, granted)).toEqual({ secrets: undefined, notes });
  });
});
