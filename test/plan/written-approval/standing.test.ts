// Every vector of an approval in writing, that any change of a right one is found, and what is written.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../../src/codec/json/tree.ts';
import { PublicKey } from '../../../src/codec/keys/public-key.ts';
import { StateError } from '../../../src/errors.ts';
import { assertCounts } from '../../../src/plan/written-approval/standing.ts';
import { readApproval, signedApproval } from '../../../src/plan/written-approval/statement.ts';
import { secondsOf, untilFrom } from '../../../src/plan/written-approval/time.ts';
import { readDocument } from '../../../src/snapshot/document.ts';
import { checkSignatures } from '../../../src/snapshot/signatures/verification.ts';
import { AllowedSigners } from '../../../src/trust/allowed-signers.ts';
import { failing } from '../../fixtures/failing.ts';
import { documentOfVectors, testKey, type Vector } from '../../fixtures/signing.ts';
import {
  allowance,
  approvalBytes,
  bytesOf,
  NOON,
  SNAPSHOT,
  things,
} from '../../fixtures/written-approvals.ts';

interface ApprovalVector extends Vector {
  approval: JsonValue;
  keys?: string[];
  labels?: string[];
  now?: string;
  latest?: string;
  taken_back_at?: string;
  accepted?: keyof typeof ACCEPTED;
}

const [ed25519, p256] = [testKey('ed25519').publicKey, testKey('p256').publicKey];
const lines = (options: string) =>
  [ed25519, p256].map((key) => `alice@example.com ${options} ${key.sshLine}\n`).join('');
const ACCEPTED = {
  approvers: lines('namespaces="wassette-state-approval"'),
  snapshots: lines('namespaces="wassette-state"'),
  before: lines('namespaces="wassette-state-approval",valid-before="20261126085959Z"'),
  nobody: '',
};

const folder = path.join(import.meta.dirname, '..', '..', 'vectors', 'approvals');
const vectors = readdirSync(folder).map((file): ApprovalVector => {
  const vector = JSON.parse(readFileSync(path.join(folder, file), 'utf8'));
  return { ...vector, name: path.basename(file, '.json') };
});

function standing(more: Partial<ApprovalVector> = {}) {
  const at = (text: string | undefined) => (text === undefined ? null : secondsOf(text));
  return {
    snapshot: SNAPSHOT,
    labels: more.labels ?? ['production'],
    approvers: 'any' as const,
    allowed: AllowedSigners.parse(ACCEPTED[more.accepted ?? 'approvers']),
    now: at(more.now) ?? NOON + 60,
    latest: at(more.latest) ?? 0,
    takenBackAt: at(more.taken_back_at),
  };
}

function outcomeOf(vector: Partial<ApprovalVector>, bytes: Uint8Array): string {
  try {
    const keys = (vector.keys ?? []).map((key) => PublicKey.parse(key));
    const names = assertCounts(readApproval(bytes, keys), standing(vector));
    expect(names).toEqual(['alice@example.com']);
    return 'ok';
  } catch (error) {
    if (error instanceof StateError) return error.code;
    throw error;
  }
}

it.each(vectors)('an approval, vector $name: $comment', (vector) => {
  expect(outcomeOf(vector, bytesOf(vector.approval))).toBe(vector.expect);
});

it('no letter of an approval can be changed without its being found, but for what nobody signed', () => {
  const text = approvalBytes().toString('utf8');
  const unsigned = /"hint":"[^"]*"/.exec(text)!;
  for (let at = 0; at < text.length; at++) {
    if (at >= unsigned.index && at < unsigned.index + unsigned[0].length) continue;
    const changed = text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);
    expect(outcomeOf({}, Buffer.from(changed)), `at ${at}`).not.toBe('ok');
  }
});

it('what was written is read again, the same for the same things', () => {
  const several = [allowance({ value: 'b' }), allowance({ value: 'a' }), allowance({ component_id: null })];
  const bytes = approvalBytes({ allows: several });
  expect(bytes).toEqual(approvalBytes({ allows: several.toReversed() }));
  const { signer, ...read } = readApproval(bytes, []);
  expect(signer.fingerprint).toBe(ed25519.fingerprint);
  expect({ ...read, allows: new Set(read.allows) }).toEqual({ ...things(), allows: new Set(several) });
});

it('an approval is no signature of its snapshot', () => {
  const document = readDocument(documentOfVectors());
  const bundle = signedApproval(things({ snapshot: document.digest }), testKey('ed25519'));
  const [checked] = checkSignatures([bundle], document, []);
  expect(checked?.problem).toEqual(failing('VERIFY_UNKNOWN_KEY'));
  const [known] = checkSignatures([bundle], document, [ed25519]);
  expect(known?.problem).toEqual(failing('VERIFY_OTHER_SUBJECT'));
});

it.each([
  ['without a label', { labels: [] }],
  ['for no time', { until: NOON }],
  ['for more than a year', { until: NOON + 367 * 86_400 }],
  ['of nothing', { allows: [] }],
])('none is written %s', (_, more) => {
  expect(() => approvalBytes(more)).toThrow(failing('FORMAT_INVALID_APPROVAL'));
});

describe('the time until which one counts', () => {
  it.each([
    ['2026-11-27', NOON + 15 * 3_600],
    ['2026-11-26T10:00:00Z', NOON + 3_600],
    ['90m', NOON + 90 * 60],
    ['12h', NOON + 12 * 3_600],
    ['30d', NOON + 30 * 86_400],
  ])('is written as %s', (text, seconds) => {
    expect(untilFrom(text, NOON)).toBe(seconds);
  });

  it.each([
    '2026-11-26',
    '2026-11-26T09:00:00Z',
    '2027-11-28',
    '367d',
    '0d',
    '12s',
    '2026-02-30',
    'tomorrow',
    '',
  ])('cannot be %j', (text) => {
    expect(() => untilFrom(text, NOON)).toThrow(failing('USAGE_BAD_ARGUMENT'));
  });
});
