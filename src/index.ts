// Public names of the library.

export { diffStates, type StatesDifference } from './diff.ts';
export type { Progress } from './disk/blob.ts';
export {
  ConflictError,
  ERROR_CODES,
  type ErrorCode,
  EXIT_CODES,
  FormatError,
  PolicyError,
  type Remedy,
  StateError,
  StoreError,
  UsageError,
  VerificationError,
} from './errors.ts';
export {
  type ExportOptions,
  type ExportResult,
  exportState,
  exportStateTo,
} from './export.ts';
export { importState, planImportState } from './import.ts';
export { type HostListing, listHost, listSnapshot } from './list.ts';
export { openSnapshot } from './open.ts';
export type { Approval } from './plan/approval.ts';
export type { Plan } from './plan/plan.ts';
export type { PlanStep } from './plan/step.ts';
export type { ApplyOptions, ImportResult } from './site/applying.ts';
export type { ListedComponent } from './site/listed-component.ts';
export type { ExportDestination } from './site/places.ts';
export type { ImportOptions } from './site/planning.ts';
export type { CommonOptions, OpenOptions } from './site/site.ts';
export { Snapshot } from './site/snapshot.ts';
export type { SnapshotComponent, SnapshotDocument } from './snapshot/schema.ts';
export { planUndo, undoImport } from './undo.ts';
