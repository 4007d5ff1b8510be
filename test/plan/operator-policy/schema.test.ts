// The published JSON Schema takes what the parser takes, and refuses what is wrong in its shape.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import * as z from 'zod';
import { RULES } from '../../../src/plan/operator-policy/rules.ts';
import { operatorPolicy, operatorPolicyText, type Rules } from '../../fixtures/operator-policy.ts';

const file = new URL('../../../operator-policy.schema.json', import.meta.url);
const published = JSON.parse(readFileSync(file, 'utf8'));
const schema = z.fromJSONSchema(published);
const isTaken = (text: string) => schema.safeParse(parseYaml(text)).success;

describe('operator-policy.schema.json (F-17.1)', () => {
  it('has the rules that are read, all of them required', () => {
    expect(Object.keys(published.properties)).toEqual(['version', ...RULES]);
    expect(published.required).toEqual(['version', ...RULES]);
  });

  it.each<Rules>([
    {},
    { component_ids: '[a, "team-*", "*"]', sources: '[store, /srv/x, "oci://ghcr.io/team/"]' },
    { hosts: '[a.example, "https://b.example", "*.example"]', environment: '[]' },
    { directories: '[{ path: /srv, access: [read, write] }]', memory: '512Mi' },
    { signers: '[alice@example.com]', require_signature: 'true' },
    { approvers: '[bob@example.com]', labels: '[production, eu-1]' },
    { memory: '64', no_policy: 'refuse', replaced_code: 'refuse', wassette_tools: 'refuse' },
  ])('takes what the parser takes: %j', (rules) => {
    expect(operatorPolicy(rules)).toBeDefined();
    expect(isTaken(operatorPolicyText(rules))).toBe(true);
  });

  it.each<Rules>([
    { hosts: 'a.example' },
    { hosts: '' },
    { component_ids: '["a*b"]' },
    { directories: '[{ path: /srv }]' },
    { directories: '[{ path: /srv, access: [] }]' },
    { directories: '[{ path: /srv, access: [read], mode: x }]' },
    { environment: '["A=1"]' },
    { memory: 'much' },
    { no_policy: 'yes' },
    { wassette_tools: 'any' },
    { signers: '["*@example.com"]' },
    { require_signature: 'any' },
    { approvers: '["*"]' },
    { labels: '[Production]' },
  ])('refuses what the parser refuses: %j', (rules) => {
    expect(() => operatorPolicy(rules)).toThrow();
    expect(isTaken(operatorPolicyText(rules))).toBe(false);
  });

  it('refuses another version, an unknown key, and what says nothing of a rule', () => {
    const text = operatorPolicyText();
    expect(isTaken(text.replace('version: 1', 'version: 2'))).toBe(false);
    expect(isTaken(`${text}more: any\n`)).toBe(false);
    expect(isTaken(text.replace('hosts: any\n', ''))).toBe(false);
  });
});
