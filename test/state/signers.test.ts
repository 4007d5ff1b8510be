import { expect, it } from 'vitest';
import { forgetSigners, rememberSigners, signersOfName } from '../../src/state/signers.ts';
import { makeHost } from '../fixtures/host.ts';

const IMPORTS = Array.from({ length: 8 }, (_, i) => `import-${i}`);

it('imports into several directories that share a state directory all remember who signed, and forget it alone', async () => {
  const { state } = makeHost();
  const remembered = (id: string) =>
    rememberSigners(state, { name: 'team', signers: [`SHA256:${id}`] }, id, 1);
  await Promise.all(IMPORTS.map(remembered));
  const seen = new Set<string | undefined>();
  for (let left = IMPORTS.length; left > 0; left--) {
    const [signer] = (await signersOfName(state, 'team'))!;
    seen.add(signer);
    await forgetSigners(state, signer!.slice('SHA256:'.length));
  }
  expect([...seen].sort()).toEqual(IMPORTS.map((id) => `SHA256:${id}`));
  expect(await signersOfName(state, 'team')).toBeNull();
});
