// Refuses an export: because of components that cannot be exported, all named at once, or because there is nothing.
import { fewOf } from '../../codec/enumeration.ts';
import { quoted, safeText } from '../../codec/safe-text.ts';
import { FormatError, StoreError } from '../../errors.ts';
import { describeUnloadable, type UnloadableFile } from '../../wassette/directory/listing.ts';
import type { ComponentProblem } from '../../wassette/directory/reading.ts';
import type { Host } from '../../wassette/host.ts';

const MOST_NAMED = 20;

/** @param ids the components that were to be exported */
export function refuseAll(problems: readonly ComponentProblem[], ids: readonly string[]): void {
  const [first] = problems;
  if (first === undefined) return;
  const offending = new Set(problems.map(({ component_id }) => component_id));
  const errors = problems.map(({ error }) => error);
  const Kind = first.error instanceof StoreError ? StoreError : FormatError;
  const extras = {
    remedy: { do: 'leave-out', others: ids.filter((id) => !offending.has(id)) },
    cause: first.error,
  } as const;
  if (problems.length === 1) {
    const { code, message, hint, details } = first.error;
    throw new Kind(code, message, { ...extras, ...(hint === undefined ? {} : { hint }), details });
  }
  const messages = errors.map(({ message }) => message);
  const hints = new Set(errors.flatMap(({ hint }) => hint ?? []));
  throw new Kind(
    first.error.code,
    `${problems.length} components cannot be exported: ${fewOf(messages, MOST_NAMED, '; ')}`,
    {
      ...extras,
      hint: hints.size === 1 ? [...hints][0]! : 'repair or remove each of them',
      details: {
        component_ids: [...offending].map(quoted),
        codes: [...new Set(errors.map(({ code }) => code))],
      },
    },
  );
}

/** Refuses files that were asked for by name: leaving them out with a note is not enough then. @throws StoreError STORE_UNSAFE_FILE */
export function refuseUnloadable(
  unloadable: readonly UnloadableFile[],
  filter: readonly string[] | undefined,
): void {
  const asked = unloadable.filter(({ id }) => id !== null && filter?.includes(id));
  if (asked.length === 0) return;
  throw new StoreError('STORE_UNSAFE_FILE', describeUnloadable(asked), {
    hint: 'replace it with the file itself, under a name that ends in .wasm, or leave it out',
    details: { files: asked.map(({ file }) => quoted(file)) },
  });
}

/** @throws StoreError STORE_NOT_FOUND where there is no component directory to look into */
export function assertSomewhere(host: Host): void {
  if (!host.exists()) throw nothingIn(host, 'does not exist');
}

export function nothingToExport(host: Host, unloadable: readonly UnloadableFile[]): StoreError {
  if (unloadable.length === 0) return nothingIn(host, 'has no components');
  const isInTheWay = unloadable.some(({ id }) => id !== null);
  return nothingIn(
    host,
    `has no components (${describeUnloadable(unloadable)})`,
    isInTheWay ? 'STORE_UNSAFE_FILE' : 'STORE_NOT_FOUND',
  );
}

function nothingIn(
  { componentDir }: Host,
  why: string,
  code: 'STORE_NOT_FOUND' | 'STORE_UNSAFE_FILE' = 'STORE_NOT_FOUND',
): StoreError {
  return new StoreError(
    code,
    `there is nothing to export: the component directory ${safeText(componentDir, 400)} ${why}`,
    {
      hint: 'load a component into Wassette first, or check which directory it uses',
      remedy: { do: 'find-components' },
      details: { component_dir: componentDir },
    },
  );
}
