// Finds the tools of incoming code, and what will not load: by reading and verifying it for the review, or, where nobody waits
// for one, in the verified code once it is in place. Nothing is run.
import type { BlobName } from '../../codec/blob-name.ts';
import { collected } from '../../codec/bytes.ts';
import { fewOf } from '../../codec/enumeration.ts';
import { quoted } from '../../codec/safe-text.ts';
import { type DerivedInterface, deriveInterface, toolNamesOf } from '../../component/derived-interface.ts';
import { findFalseClaims } from '../../component/tool-claims.ts';
import { type Blobs, type TransferOptions, verified } from '../../disk/blobs/blob.ts';
import { inParallel } from '../../disk/parallel.ts';
import { ComponentProgress } from '../../disk/progress.ts';
import type { DesiredComponent, PlanOptions, TargetState } from '../../plan/target.ts';
import { type CodeHere, fitOfSteps } from '../fit/steps.ts';

/** A bound, because a person waits for the review. */
const MOST_COMPONENTS = 1_000;
const MOST_BYTES = 64 * 1024 * 1024;
const AT_ONCE = 4;

/**
 * What verified code says about its interface; null when it is not there, or too large to be read for a review.
 * @throws VerificationError VERIFY_DIGEST_MISMATCH
 */
export async function readInterface(
  artifact: BlobName,
  code: Blobs,
  signal?: AbortSignal,
): Promise<DerivedInterface | null> {
  if (artifact.size > MOST_BYTES || !(await code.has(artifact))) return null;
  const bytes = await collected(verified(artifact, code.source(artifact).open(), signal), artifact.size);
  return deriveInterface((at, length) => bytes.subarray(at, at + length), bytes.length);
}

/** What was found in incoming code. */
export interface CodeFindings {
  /** Names of tools by component, where they can be derived from the code. */
  tools: Readonly<Record<string, readonly string[]>>;
  warnings: readonly string[];
  /** How what is allowed fits what the code can do; absent in what an earlier program kept. */
  fit?: readonly string[] | undefined;
}

export const NOTHING_READ: CodeFindings = { tools: {}, warnings: [] };

/** With the tools that the code has in place of those that a snapshot names. */
export function withFoundTools(
  desired: readonly DesiredComponent[],
  { tools }: CodeFindings,
): DesiredComponent[] {
  return desired.map((component) => {
    const { component_id } = component;
    if (!Object.hasOwn(tools, component_id)) return component;
    return { ...component, toolNames: tools[component_id]!, toolsAreRead: true };
  });
}

function reasonsNotToLoad(componentId: string, { unlinked, unloadable }: DerivedInterface): string[] {
  const id = quoted(componentId);
  return [
    ...(unlinked.length === 0
      ? []
      : [
          `${id} imports what Wassette does not provide, and will not load: ${fewOf(unlinked.map(quoted), 5)}`,
        ]),
    ...(unloadable === null ? [] : [`${id} will not load in Wassette 0.8: its code has ${unloadable}`]),
  ];
}

/** @throws VerificationError VERIFY_DIGEST_MISMATCH. Missing code is reported by the plan, not here. */
export async function readComingCode(
  desired: readonly DesiredComponent[],
  target: TargetState,
  code: Blobs,
  options: PlanOptions,
  { signal, onProgress }: TransferOptions = {},
  here: CodeHere = () => null,
): Promise<CodeFindings> {
  const coming = comingAmong(desired, target, options).slice(0, MOST_COMPONENTS);
  const read = new Map<string, DerivedInterface>();
  const progress = new ComponentProgress(
    'reading',
    { count: coming.length, total: coming.length },
    onProgress,
  );
  await inParallel(
    coming,
    AT_ONCE,
    async ({ component_id, artifact }) => {
      progress.begin(component_id);
      const found = await readInterface(artifact, code, signal);
      if (found !== null) read.set(component_id, found);
      progress.advance();
    },
    signal,
  );
  return { ...findingsIn(coming, read), fit: fitOfSteps(desired, target, options, { coming: read, here }) };
}

/** The same of code that is in place now. What cannot be read says nothing: the import is done. */
export function findPlacedCode(
  desired: readonly DesiredComponent[],
  target: TargetState,
  here: CodeHere,
  options: PlanOptions,
): CodeFindings {
  const coming = comingAmong(desired, target, options).slice(0, MOST_COMPONENTS);
  const read = new Map<string, DerivedInterface>();
  for (const component of coming) {
    const found = component.artifact.size > MOST_BYTES ? null : here(component.component_id);
    if (found !== null) read.set(component.component_id, found);
  }
  return {
    ...findingsIn(coming, read),
    fit: fitOfSteps(desired, target, options, { coming: read, here, isReplaced: true }),
  };
}

type WithCode = DesiredComponent & { artifact: BlobName };

/** Those whose code would be new there. */
export function comingAmong(
  desired: readonly DesiredComponent[],
  target: TargetState,
  { componentIds, skipExisting }: PlanOptions,
): WithCode[] {
  const there = new Map(target.components.map((c) => [c.component_id, c.artifact?.sha256]));
  const chosen = componentIds === null ? null : new Set(componentIds);
  return desired.filter((component): component is WithCode => {
    const { component_id, artifact } = component;
    const old = there.get(component_id);
    if (artifact === null || old === artifact.sha256 || (skipExisting && old !== undefined)) return false;
    return chosen === null || chosen.has(component_id);
  });
}

function findingsIn(
  coming: readonly DesiredComponent[],
  read: ReadonlyMap<string, DerivedInterface>,
): CodeFindings {
  const warnings = coming.flatMap(({ component_id, toolSchemas }) => {
    const found = read.get(component_id);
    if (found === undefined) return [];
    const claims = found.tools === null ? [] : findFalseClaims(component_id, toolSchemas, found.tools);
    return [...reasonsNotToLoad(component_id, found), ...claims];
  });
  const tools = [...read].flatMap(([id, found]) => {
    const names = toolNamesOf(found);
    return names === null ? [] : [[id, names] as const];
  });
  return { tools: Object.fromEntries(tools), warnings };
}
