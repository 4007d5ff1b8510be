// What is said of code together with what it may do: only what is certain, and nothing where nothing is known.
import { describe, expect, it } from 'vitest';
import type { CodeAbility } from '../../../src/component/abilities.ts';
import { type CodeUnderRights, fitInWords, withNames } from '../../../src/plan/words/fit.ts';
import type { Rights } from '../../../src/policy/policy.ts';
import { permissionsOf, policyWith } from '../../fixtures/plan.ts';

const HOST = 'network: { allow: [{ host: api.example.com }] }';
const FOLDER = 'storage: { allow: [{ uri: "fs:///srv/data", access: [read] }] }';
const VARIABLE = 'environment: { allow: [{ key: TOKEN }] }';
const ALL: CodeAbility[] = ['http', 'files', 'environment', 'look-ups'];

const under = (can: CodeAbility[] | null, ...lines: string[]): CodeUnderRights => ({
  abilities: can && new Set(can),
  rights: permissionsOf(policyWith(...lines)),
});
const withRights = (can: CodeAbility[], rights: Rights): CodeUnderRights => ({
  abilities: new Set(can),
  rights,
});

describe('what is allowed and the code has no function for', () => {
  it('is named, each class by itself', () => {
    expect(fitInWords(under([], HOST, FOLDER, VARIABLE))).toEqual([
      'it is allowed "api.example.com", but its code makes no HTTP requests',
      'it is allowed "fs:///srv/data", but its code opens no files',
      'it is allowed the environment variable "TOKEN", but its code reads none',
    ]);
  });

  it('is nothing where the code has one', () => {
    expect(fitInWords(under(ALL, HOST, FOLDER, VARIABLE))).toEqual([]);
  });

  it('is several hosts in one remark, the first five by name', () => {
    const hosts = Array.from({ length: 7 }, (_, i) => `{ host: h${i}.example }`).join(', ');
    expect(fitInWords(under([], `network: { allow: [${hosts}] }`))).toEqual([
      'it is allowed "h0.example", "h1.example", "h2.example", "h3.example", "h4.example", and 2 more, but its code makes no HTTP requests',
    ]);
  });

  it('is said together with the look-ups that any host opens, where the code can make them', () => {
    expect(fitInWords(under(['look-ups'], HOST))).toEqual([
      'it is allowed "api.example.com", but its code makes no HTTP requests (it can look up names, which any network entry allows)',
    ]);
  });

  it('is not what Wassette grants nothing for', () => {
    const nothing = [
      'network: { allow: [{ host: "*" }] }',
      'storage: { allow: [{ uri: "/srv", access: [read] }] }',
    ];
    expect(fitInWords(under([], ...nothing))).toEqual([]);
  });

  it('quotes what could pose as more than a value', () => {
    const [remark] = fitInWords(under([], 'environment: { allow: [{ key: "A`<b>" }] }'));
    expect(remark).toBe(
      'it is allowed the environment variable "A\\u0060\\u003cb\\u003e", but its code reads none',
    );
  });
});

describe('what the code has a function for and nothing is allowed', () => {
  it('is said of HTTP and files, and not of variables, which nearly all code can read', () => {
    const remarks = [
      'its code can make HTTP requests; no host is allowed',
      'its code can open files; no directory is allowed',
    ];
    expect(fitInWords(under(ALL))).toEqual(remarks);
    expect(fitInWords(withRights(ALL, 'none'))).toEqual(remarks);
    expect(fitInWords(under(['http'], 'network: { allow: [{ host: "*" }] }'))).toEqual([remarks[0]]);
  });
});

describe('what only the new code has a function for', () => {
  const old = under([], HOST, FOLDER, VARIABLE);

  it('is said where it was allowed and stays so', () => {
    expect(fitInWords(under(ALL, HOST, FOLDER, VARIABLE), old)).toEqual([
      'the new code can make HTTP requests, the old could not; "api.example.com" is already allowed',
      'the new code can open files, the old could not; "fs:///srv/data" is already allowed',
      'the new code can read environment variables, the old could not; "TOKEN" is already allowed',
      'the new code can look up names in the DNS, the old could not; any name is already allowed',
    ]);
  });

  it('names only what was allowed before as well: the rest is a gain with a sentence of its own', () => {
    const both = 'network: { allow: [{ host: new.example }, { host: api.example.com }] }';
    expect(fitInWords(under(['http'], both), under([], HOST))).toEqual([
      'the new code can make HTTP requests, the old could not; "api.example.com" is already allowed',
    ]);
    expect(fitInWords(under(['http'], HOST), under([]))).toEqual([]);
    expect(fitInWords(under(['http']), under([], HOST))).toEqual([
      'its code can make HTTP requests; no host is allowed',
    ]);
  });

  it('counts a host as allowed before where every way to it was', () => {
    const secure = 'network: { allow: [{ host: "https://api.example.com" }] }';
    expect(fitInWords(under(['http'], secure), under([], HOST))).toEqual([
      'the new code can make HTTP requests, the old could not; "https://api.example.com" is already allowed',
    ]);
    expect(fitInWords(under(['http'], HOST), under([], secure))).toEqual([]);
  });

  it('is nothing where the old code had it, or is not known', () => {
    expect(fitInWords(under(ALL, HOST, FOLDER, VARIABLE), under(ALL, HOST, FOLDER, VARIABLE))).toEqual([]);
    expect(fitInWords(under(ALL, HOST, FOLDER, VARIABLE), under(null, HOST, FOLDER, VARIABLE))).toEqual([]);
  });
});

it('nothing is said of a policy that we cannot read, which Wassette may read', () => {
  expect(fitInWords({ abilities: new Set(['http', 'files']), rights: 'unreadable' })).toEqual([]);
});

it('nothing is said of code that is not understood, and names stand in front', () => {
  expect(fitInWords(under(null, HOST, FOLDER, VARIABLE), under(ALL))).toEqual([]);
  expect(withNames([{ component_id: 'a "b"', remarks: ['its code can open files'] }])).toEqual([
    '"a \\u0022b\\u0022": its code can open files',
  ]);
});

it('a remark on several components is said once, with the first of their names', () => {
  const component_ids = Array.from({ length: 12 }, (_, i) => `c${i}`);
  const both = component_ids.map((component_id) => ({ component_id, remarks: ['one', 'other'] }));
  const names = `"c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8", "c9", and 2 more`;
  expect(withNames([...both, { component_id: 'x' }])).toEqual([`${names}: one`, `${names}: other`]);
});

describe('what is allowed and not used of several components', () => {
  const remarks = (id: string, ...more: string[]) => ({
    component_id: id,
    remarks: [
      ...fitInWords(under([], `network: { allow: [{ host: ${id}.example } ] }`, FOLDER, VARIABLE)),
      ...more,
    ],
  });
  const SHORT =
    'its code makes no HTTP requests, and opens no files, and reads no environment variables, which it is allowed';

  it('is one line where it is more than a few, and does without the names of what is allowed', () => {
    expect(withNames(['a', 'b', 'c'].map((id) => remarks(id)))).toEqual([`"a", "b", "c": ${SHORT}`]);
  });

  it('is said whole of one component, and of one whose code lacks something else', () => {
    expect(withNames([remarks('a')])).toHaveLength(3);
    const other = {
      component_id: 'c',
      remarks: fitInWords(under(['http', 'files'], HOST, FOLDER, VARIABLE)),
    };
    expect(withNames([remarks('a'), remarks('b'), other])).toEqual([
      `"a", "b": ${SHORT}`,
      '"c": it is allowed the environment variable "TOKEN", but its code reads none',
    ]);
  });

  it('takes no other remark along, whatever names are in that', () => {
    const risky = 'the new code can open files, the old could not; "x, but its code y" is already allowed';
    expect(withNames([remarks('a', risky), remarks('b')])).toEqual([`"a", "b": ${SHORT}`, `"a": ${risky}`]);
  });
});
