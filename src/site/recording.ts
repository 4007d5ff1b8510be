// What a site writes into its audit log: plans, approvals, exports, and what is fetched from other machines. What changes files is recorded where that is done
// (`src/wassette/directory`), and what is refused where a call ends (`src/audit.ts`).
import { shownUri, withoutCredentials } from '../codec/shown-uri.ts';
import type { PlacedSnapshot } from '../places/place.ts';
import { plainReference, type Reference, referenceTo } from '../places/reference.ts';
import { changingSteps, type Plan } from '../plan/plan.ts';
import type { ApprovedBy, AuditEntry, ImportFacts } from '../state/audit/entry.ts';
import { componentsIn } from '../state/audit/line.ts';
import type { Desired } from './import/desired.ts';
import type { ExportDestination } from './places.ts';
import type { Site } from './site.ts';

/** A plan is not lost for want of its line: returns what is to be said of it then. */
export async function notePlan(
  { host }: Site,
  { source, reverts }: Desired,
  plan: Plan,
  facts: ImportFacts,
): Promise<readonly string[]> {
  const missing = await host.log.note({
    event: 'plan',
    result: 'made',
    ...(reverts === null ? { snapshot: source } : { reverts: reverts.import_id }),
    ...facts,
    components: componentsIn(changingSteps(plan)),
  });
  return unrecorded(missing);
}

/** @throws as `AuditLog.record`: nothing is applied of which it is not recorded who approved it */
export async function recordApproval({ host }: Site, plan: Plan, approved: ApprovedBy): Promise<void> {
  await host.log.add({ event: 'approval', result: 'given', plan: plan.digest, approved });
}

/** That somebody said no. */
export async function noteDecline({ host }: Site, plan: Plan, approved: ApprovedBy): Promise<void> {
  await host.log.note({ event: 'approval', result: 'declined', plan: plan.digest, approved });
}

/** Changes nothing here, and so is not refused for want of its line: returns what is to be said of it then. */
export async function noteExport(
  { host }: Site,
  destination: ExportDestination,
  written: PlacedSnapshot,
): Promise<readonly string[]> {
  return unrecorded(await host.log.note(exportOf(destination, written)));
}

/** The same of one snapshot that was made of another: it is about no component directory. */
export async function noteDerived(
  { host }: Site,
  destination: ExportDestination,
  written: PlacedSnapshot,
): Promise<readonly string[]> {
  return unrecorded(await host.log.note({ ...exportOf(destination, written), component_dir: undefined }));
}

/** The same of a snapshot that was copied, which touches no component directory either. */
export async function noteCopy(
  { host }: Site,
  from: string | Reference,
  destination: ExportDestination,
  written: PlacedSnapshot,
): Promise<readonly string[]> {
  const source = referenceTo(from);
  const copied_from = 'isPassing' in source ? undefined : plainReference(source);
  const entry = { ...exportOf(destination, written), event: 'copy' as const, copied_from };
  return unrecorded(await host.log.note({ ...entry, component_dir: undefined }));
}

function exportOf({ name, file }: ExportDestination, written: PlacedSnapshot): AuditEntry {
  const { document, digest, changed, reference } = written;
  const isPassing = typeof file === 'object' && 'isPassing' in file;
  return {
    event: 'export',
    result: changed ? 'done' : 'unchanged',
    reference: name ?? (isPassing ? plainReference(file) : withoutCredentials(reference)),
    snapshot: digest,
    state: document.state_digest,
    components: document.components.map(({ component_id }) => ({ id: component_id })),
  };
}

/** Code that another machine was asked for. */
export interface AskedCode {
  component_id: string;
  /** As it was named. */
  uri: string;
  /** Digest of the snapshot that names it; none where a manifest does. */
  snapshot?: string | undefined;
  /** The code of the error; null where it came. */
  code: string | null;
}

/** Touches no component directory, and is not refused for want of its line: returns what is to be said of it then. */
export async function noteFetch(
  { host }: Site,
  { component_id, uri, snapshot, code }: AskedCode,
): Promise<readonly string[]> {
  const missing = await host.log.note({
    event: 'fetch',
    result: code === null ? 'done' : 'failed',
    code: code ?? undefined,
    reference: shownUri(uri),
    snapshot,
    components: [{ id: component_id }],
    component_dir: undefined,
  });
  return unrecorded(missing);
}

function unrecorded(missing: string | null): readonly string[] {
  return missing === null ? [] : [missing];
}
