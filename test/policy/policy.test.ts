import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { FormatError } from '../../src/errors.ts';
import { lineOfGrant } from '../../src/policy/lines.ts';
import { type Permissions, parsePolicy, policyTextOf, readPolicy } from '../../src/policy/policy.ts';
import { withLimits } from '../fixtures/limits.ts';
import { POLICY_TABLE } from '../fixtures/tables/policy-table.ts';

const where = { componentId: 'probe' };
const read = (bytes: Uint8Array) => readPolicy(policyTextOf(bytes, where), where);

function failureOf(work: () => unknown): FormatError {
  try {
    work();
  } catch (error) {
    if (error instanceof FormatError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

/** Permissions of a policy with these lines under "permissions:". */
function permissions(...lines: string[]): Permissions {
  return parsePolicy(['version: 1.0', 'permissions:', ...lines].join('\n'), where);
}

describe('the policy table', () => {
  it('has every title once', () => {
    const titles = POLICY_TABLE.map((row) => row.title);
    expect(new Set(titles).size).toBe(titles.length);
  });

  for (const { title, bytes, expected } of POLICY_TABLE) {
    if ('environment' in expected) {
      it(`takes ${title}`, () => {
        expect(read(bytes).rights.environment).toEqual(expected.environment);
      });
    } else {
      it(`refuses ${title}`, () => {
        const failure = failureOf(() => read(bytes));
        expect(failure.code).toMatch(/^FORMAT_(INVALID_POLICY|LIMIT_EXCEEDED)$/);
        expect(failure.details.line ?? null).toBe(expected.refusedOnLine);
        expect(failure.details.component_id).toBe('probe');
        expect(failure.message).toContain('component "probe"');
        expect(failure.hint).toBeTruthy();
      });
    }
  }
});

describe('parsePolicy', () => {
  it('gives nothing for an empty policy', () => {
    expect(permissions()).toEqual({
      storage: { allow: [], deny: [] },
      network: { allow: [], deny: [] },
      environment: [],
      runtime: null,
      resources: { cpuMillicores: null, memoryBytes: null, io: null },
      ipc: { allow: [], deny: [] },
    });
  });

  it('sorts what is listed and joins the access of one uri', () => {
    const { storage, network, environment, ipc } = permissions(
      '  storage:',
      '    allow:',
      '    - {uri: fs://b, access: [write]}',
      '    - {uri: fs://a, access: [write, read, write]}',
      '    - {uri: fs://b, access: [read]}',
      '    deny: [{uri: fs://c, access: [read]}]',
      '  network:',
      '    allow: [{cidr: 10.0.0.0/8}, {host: b}, {host: a}, {host: b}]',
      '    deny: [{host: "*"}]',
      '  environment: {allow: [{key: B}, {key: A}, {key: B}]}',
      '  ipc: {allow: [{uri: y}, {uri: x}], deny: [{uri: z}]}',
    );
    expect(storage.allow).toEqual([
      { uri: 'fs://a', access: ['read', 'write'] },
      { uri: 'fs://b', access: ['read', 'write'] },
    ]);
    expect(storage.deny).toEqual([{ uri: 'fs://c', access: ['read'] }]);
    expect(network.allow).toEqual([{ host: 'a' }, { host: 'b' }, { cidr: '10.0.0.0/8' }]);
    expect(network.deny).toEqual([{ host: '*' }]);
    expect(environment).toEqual(['A', 'B']);
    expect(ipc).toEqual({ allow: ['x', 'y'], deny: ['z'] });
  });

  it('keeps the runtime section with its types, unknown keys included', () => {
    expect(
      permissions(
        '  runtime:',
        '    docker: {security: {privileged: true}}',
        '    hyperlight: {a: "1", b: 0x10, c: 1.50, d: ~, e: [007, no]}',
        '    other: -3',
      ).runtime,
    ).toEqual({
      docker: { security: { privileged: true } },
      hyperlight: { a: '1', b: 16, c: 1.5, d: null, e: ['007', 'no'] },
      other: -3,
    });
  });

  const MIB = 1024 * 1024;
  it.each([
    ['512Mi', 512 * MIB],
    ['"512Mi"', 512 * MIB],
    ['512', 512 * MIB],
    ['"512"', 512],
    ['007', 7],
    ['0x10', 16 * MIB],
    ['+0b11', 3 * MIB],
    ['+3Ki', 3072],
    ['2Gi', 2048 * MIB],
    ['1Ti', 1024 * 1024 * MIB],
    ['~', null],
  ])('reads limits.memory %s as %s bytes', (memory, bytes) => {
    expect(permissions(`  resources: {limits: {memory: ${memory}}}`).resources.memoryBytes).toBe(bytes);
  });

  it.each([
    ['500m', 500],
    ['"2"', 2000],
    ['2', 2000],
    ['.5', 500],
    ['"1.5e0"', 1500],
    ['007', 7000],
    ['-0', 0],
    ['null', null],
  ])('reads limits.cpu %s as %s millicores', (cpu, millicores) => {
    expect(permissions(`  resources: {limits: {cpu: ${cpu}}}`).resources.cpuMillicores).toBe(millicores);
  });

  it('reads the legacy limits, over which limits win', () => {
    expect(permissions('  resources: {cpu: 1.5, memory: 64, io: 0o17}').resources).toEqual({
      cpuMillicores: 1500,
      memoryBytes: 64 * MIB,
      io: 15,
    });
    expect(permissions('  resources: {limits: {cpu: 1m, memory: 1Ki}, cpu: 9, memory: 9}').resources).toEqual(
      {
        cpuMillicores: 1,
        memoryBytes: 1024,
        io: null,
      },
    );
  });
});

describe('a refused policy', () => {
  it('is described by component, line, reason and hint', () => {
    expect(
      failureOf(() => permissions('  environment:', '    allow:', '    - &x {key: A}')).toJSON(),
    ).toEqual({
      code: 'FORMAT_INVALID_POLICY',
      message: 'component "probe": policy line 5: an anchor (&name) is not allowed',
      hint: 'write it in plain YAML: one "key: value" a line, lists with "- ", strings on one line',
      details: { component_id: 'probe', line: 5 },
    });
  });

  it('names a character that cannot be seen by its number', () => {
    expect(failureOf(() => permissions('# \u2028')).message).toContain('policy line 3: the character U+2028');
  });

  it('counts lines that end with CR LF', () => {
    const failure = failureOf(() => parsePolicy('version: 1.0\r\npermissions: {}\r\n*a\r\n', where));
    expect(failure.details.line).toBe(3);
  });

  it.each([
    ['in quotes over three lines', "'a\u2028\n\n  b'", 3],
    ['in a block of two lines', '|-\n  a\u2028  b\n  c', 3],
  ])('counts the lines of a text with a line separator: %s', (_how, description, lines) => {
    const text = `version: '1.0'\ndescription: ${description}\npermissions:\n  storage:\n    allow:\n    - uri: fs://x\n`;
    expect(lineOfGrant(`${text}      access:\n      - read\n`, 'storage', 'fs://x')).toBe(lines + 5);
    expect(failureOf(() => parsePolicy(`${text}      access: all\n`, where)).details.line).toBe(lines + 6);
  });

  it('is never quoted: it may hold a secret', () => {
    const secret = 'hunter2';
    for (const { bytes, expected } of POLICY_TABLE) {
      if ('environment' in expected) continue;
      const text = Buffer.from(bytes)
        .toString()
        .replaceAll('KEY_A', secret)
        .replaceAll('evil.example', secret);
      for (const broken of [text, `${text}\n  ${secret}: {`, `password: ${secret}: "\n${text}`]) {
        const failure = failureOf(() => parsePolicy(broken, where));
        expect(inspect(failure, { depth: null })).not.toContain(secret);
      }
    }
  });

  it('that is too long is not even read', async () => {
    const tooLong = Buffer.alloc(101, 0xff);
    const failure = await withLimits({ policyBytes: 100 }, () => failureOf(() => read(tooLong)));
    expect(failure.code).toBe('FORMAT_LIMIT_EXCEEDED');
    expect(failure.details).toEqual({ component_id: 'probe', limit: 100 });
  });

  it.each([
    ['brackets', 'x: [', '['],
    ['commas', 'x: [', ','],
    ['dashes', 'x:\n', '- '],
    ['lines', '', 'a: b\n'],
  ])('of 1 MiB of %s is given up early', (_, start, unit) => {
    const text = `version: 1.0\npermissions: {}\n${start}`;
    const bytes = Buffer.from(text + unit.repeat((1024 * 1024 - text.length) / unit.length));
    expect(failureOf(() => read(bytes)).code).toBe('FORMAT_LIMIT_EXCEEDED');
  });
});

describe('the policy in a file', () => {
  it('gives the text as it stands', () => {
    const text = '# é\r\nversion: 1.0\r\npermissions: {}';
    expect(read(Buffer.from(text)).text).toBe(text);
  });
});
