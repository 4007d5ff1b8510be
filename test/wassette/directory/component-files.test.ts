import { symlinkSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { sha256Hex } from '../../../src/codec/digest.ts';
import { sha256At } from '../../../src/wassette/directory/component-files.ts';
import { componentBytes } from '../../fixtures/components/component.ts';
import { failing } from '../../fixtures/failing.ts';
import { makeHost, type TestHost } from '../../fixtures/host.ts';

const at = (host: TestHost, name: string) => path.join(host.locations.componentDir, name);

describe('the digest of a file', () => {
  it('is null where there is none, and refuses what is not a file', async () => {
    const host = makeHost();
    host.install('a');
    expect(await sha256At(at(host, 'a.wasm'))).toBe(sha256Hex(componentBytes('a')));
    expect(await sha256At(at(host, 'none'))).toBeNull();
    symlinkSync('a.wasm', at(host, 'link.wasm'));
    await expect(sha256At(at(host, 'link.wasm'))).rejects.toThrow(failing('STORE_UNSAFE_FILE'));
    await expect(sha256At(host.locations.componentDir)).rejects.toThrow(failing('STORE_UNSAFE_FILE'));
  });
});
