// The table of file kinds: which files of a component an import changes. Plans, journals, undo records, staging and commit
// go through it; a new kind is a new row here and a new version in state/changes.ts.
import type { BlobName } from '../codec/blob-name.ts';

/** Where a file is, and with which owner and mode. */
export interface PlaceOfFile {
  /** What follows the component's id, or for secrets what Wassette makes of it, in the name of the file. */
  suffix: string;
  /** Which of Wassette's directories it is in, as its locations name it. */
  directory: string;
  /** The kind whose existing file gives a new one its owner and mode. */
  ownedLike: string;
  /** Permission bits when there is no such file. */
  mode: number;
  /** Whether it always gets these bits, as it does from Wassette. */
  hasFixedMode: boolean;
}

interface RestoredFile extends PlaceOfFile {
  /** When it is put in place: old code goes first, new code comes last, and everything else in between (F-10). */
  phase: 'code' | 'beside-code';
  /** Whether it must be what was approved even when the import does not change it. */
  isReliedOn: boolean;
}

/**
 * In the component directory, with owner and mode of the code: a Wassette under another user that could read the code
 * and not the policy would run it without one.
 */
export const WITH_CODE = {
  directory: 'componentDir',
  ownedLike: 'wasm',
  mode: 0o600,
  hasFixedMode: false,
} as const;

/** In the order in which changes are recorded, and files of one phase are put in place. */
export const FILE_KINDS = {
  wasm: { suffix: '.wasm', ...WITH_CODE, phase: 'code', isReliedOn: true },
  policy: { suffix: '.policy.yaml', ...WITH_CODE, phase: 'beside-code', isReliedOn: true },
  policyMeta: { suffix: '.policy.meta.json', ...WITH_CODE, phase: 'beside-code', isReliedOn: false },
  secrets: {
    suffix: '.yaml',
    directory: 'secretsDir',
    ownedLike: 'secrets',
    mode: 0o600,
    hasFixedMode: true,
    phase: 'beside-code',
    isReliedOn: false,
  },
} as const satisfies Record<string, RestoredFile>;

/** What is known of a component, a file each. */
export type FileKind = keyof typeof FILE_KINDS;
export type FileDirectory = (typeof FILE_KINDS)[FileKind]['directory'];

export const KINDS = Object.keys(FILE_KINDS) as FileKind[];
/** Files small enough to be held in memory. */
export const KINDS_BESIDE_CODE = KINDS.filter((kind) => FILE_KINDS[kind].phase === 'beside-code');
const FILE_DIRECTORIES = [...new Set(KINDS.map((kind) => FILE_KINDS[kind].directory))];

/** A file before and after a step; null when it is absent. */
export interface FileChange {
  old: BlobName | null;
  new: BlobName | null;
}

/** What happens to each file of one component. */
export type ComponentChange = { component_id: string } & Record<FileKind, FileChange>;

export function differs(file: FileChange): boolean {
  return (file.old?.sha256 ?? null) !== (file.new?.sha256 ?? null);
}

/** The directories in which `changes` are made: always that of the components. */
export function directoriesOf(changes: readonly ComponentChange[]): FileDirectory[] {
  const isIn = (directory: FileDirectory) => (change: ComponentChange) =>
    KINDS.some((kind) => FILE_KINDS[kind].directory === directory && differs(change[kind]));
  return FILE_DIRECTORIES.filter(
    (directory) => directory === 'componentDir' || changes.some(isIn(directory)),
  );
}

/** Whether secrets are among what changes. */
export function changesSecrets(changes: readonly ComponentChange[]): boolean {
  return changes.some(({ secrets }) => differs(secrets));
}

/** What a change does to its component. */
export function actionOf({
  wasm,
  ...others
}: ComponentChange): 'add' | 'replace' | 'update-policy' | 'update-secrets' | 'remove' | 'unchanged' {
  if (differs(wasm)) return wasm.old === null ? 'add' : wasm.new === null ? 'remove' : 'replace';
  if (differs(others.policy) || differs(others.policyMeta)) return 'update-policy';
  return differs(others.secrets) ? 'update-secrets' : 'unchanged';
}

/** The bytes to put in place; null when there are none. */
export function newBytes(file: FileChange): BlobName | null {
  return differs(file) ? file.new : null;
}

/** The change that takes this one back. */
export function inverseOf(change: ComponentChange): ComponentChange {
  const files = KINDS.map((kind) => [kind, { old: change[kind].new, new: change[kind].old }]);
  return { component_id: change.component_id, ...Object.fromEntries(files) };
}

/**
 * Which of what makes up a component is not any more as the change left it.
 * @param secretsNow the file of its secrets, where that is looked at
 */
export function changedSince(
  { wasm, policy, secrets }: ComponentChange,
  now: { artifact: BlobName | null; policy: BlobName | null } | undefined,
  secretsNow?: BlobName | null,
): ('code' | 'policy' | 'secrets')[] {
  const code = { old: wasm.new, new: now?.artifact ?? null };
  const rights = { old: policy.new, new: now?.policy ?? null };
  const stored = { old: secrets.new, new: secretsNow === undefined ? secrets.new : secretsNow };
  return [
    ...(differs(code) ? (['code'] as const) : []),
    ...(differs(rights) ? (['policy'] as const) : []),
    ...(differs(stored) ? (['secrets'] as const) : []),
  ];
}

/** The small files before the change whose bytes are kept in the store; those of secrets never are. */
export function storedFilesBefore(change: ComponentChange): (BlobName & { kind: FileKind })[] {
  return filesBefore(change).filter(({ kind }) => kind !== 'wasm' && kind !== 'secrets');
}

/** The files that the component had before the change. */
export function filesBefore(change: ComponentChange): (BlobName & { kind: FileKind })[] {
  return KINDS.flatMap((kind) => {
    const { old } = change[kind];
    return old === null ? [] : [{ ...old, kind }];
  });
}
