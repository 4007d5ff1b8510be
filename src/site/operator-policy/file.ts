// The operator's policy of this host, from its file.
import { StoreError } from '../../errors.ts';
import { isWithin } from '../../plan/directory-grants.ts';
import type { OperatorPolicy } from '../../plan/operator-policy/rules.ts';
import { findOperatorPolicy, resolveLocations } from '../../wassette/locations.ts';
import type { CommonOptions } from '../site.ts';

/**
 * Reads the operator's policy (FORMAT.md, F-17): what any import may bring at most. Pass it to `planImportState` and
 * `importState`. Null where `policyFile` names none and there is none at the default place.
 * @throws StoreError STORE_NOT_FOUND for a file that was named and is not there; STORE_UNTRUSTED_FILE where somebody else
 * could change it; STORE_UNSAFE_FILE, STORE_DENIED
 * @throws FormatError FORMAT_INVALID_OPERATOR_POLICY, FORMAT_UNSUPPORTED_VERSION, FORMAT_LIMIT_EXCEEDED
 * @throws UsageError USAGE_BAD_ARGUMENT when Wassette's config.toml cannot be read
 * @example
 * ```ts
 * import { readOperatorPolicy } from 'wassette-state';
 *
 * const policy = await readOperatorPolicy({ policyFile: 'policy.yaml' });
 * console.log(policy?.no_policy.allowed); // false
 * ```
 */
export async function readOperatorPolicy(
  flags: Pick<CommonOptions, 'policyFile' | 'componentDir'> = {},
): Promise<OperatorPolicy | null> {
  const location = findOperatorPolicy(flags);
  if (location === null) return null;
  const { readTrustedFile } = await import('../../disk/operator-files/trusted-file.ts');
  const { MAX_OPERATOR_POLICY_BYTES, parseOperatorPolicy } = await import(
    '../../plan/operator-policy/reading.ts'
  );
  const { path, bytes } = await readTrustedFile(location, MAX_OPERATOR_POLICY_BYTES);
  assertOutside(path, (await resolveLocations(flags)).componentDir);
  return parseOperatorPolicy(bytes, path);
}

/** @throws StoreError STORE_UNTRUSTED_FILE: components may have write access to their own directory */
export function assertOutside(file: string, componentDir: string): void {
  if (!isWithin(file, componentDir)) return;
  throw new StoreError('STORE_UNTRUSTED_FILE', `${file} is in the component directory ${componentDir}`, {
    hint: 'a component can have write access there: keep the policy elsewhere',
    details: { path: file },
  });
}
