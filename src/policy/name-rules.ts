// Wassette's rules for the names in a policy. It ignores a policy that breaks one of them.

/** Why a storage URI is refused, or null. */
export function storageUriProblem(uri: string): string | null {
  if (uri === '') return 'a storage uri is empty';
  if (uri.includes('***')) return 'a storage uri has three asterisks in a row';
  for (const segment of uri.split('/')) {
    if (segment === '*' || segment === '**') continue;
    if (segment.includes('**')) return 'in a storage uri ** must be a whole path segment';
    if (count(segment) > 1) return 'a path segment of a storage uri has more than one asterisk';
  }
  return null;
}

/** Why a network host is refused, or null. */
export function hostProblem(host: string): string | null {
  if (host === '') return 'a network host is empty';
  if (count(host) > 1) return 'a network host has more than one asterisk';
  if (host.includes('*') && host !== '*' && !host.startsWith('*.')) {
    return 'a network host has an asterisk that is not part of a leading "*."';
  }
  if (host.startsWith('*.') && (host === '*.' || host.endsWith('.')))
    return 'a network host has no domain after "*."';
  return null;
}

/** Why a network range is refused, or null. */
export function cidrProblem(cidr: string): string | null {
  if (cidr === '') return 'a network cidr is empty';
  return cidr.includes('/') ? null : 'a network cidr has no slash';
}

/** Why the name of an environment variable is refused, or null. */
export function environmentKeyProblem(key: string): string | null {
  if (key === '') return 'an environment key is empty';
  return key.includes('*') ? 'an environment key has an asterisk' : null;
}

function count(text: string): number {
  return text.split('*').length - 1;
}

/**
 * A manifest has no way to say "nothing": empty permissions leave the policy of the host as it is. The name of no
 * variable contains "=", so this one stands for it (F-12.5).
 */
export const NOTHING_GRANTED = 'NO_VARIABLE=';
