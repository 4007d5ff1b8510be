// Public names of the library.
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
  type ExportDestination,
  type ExportOptions,
  type ExportResult,
  exportState,
  exportStateTo,
} from './export.ts';
export { type ImportResult, importState, planImportState } from './import.ts';
export { type HostListing, listHost, listSnapshot } from './list.ts';
export type { ListedComponent } from './listed-component.ts';
export { openSnapshot } from './open.ts';
export type { OpenOptions } from './open-deployment.ts';
export type { CommonOptions, Progress } from './options.ts';
export type { Approval } from './plan/approval.ts';
export type { Plan } from './plan/plan.ts';
export type { PlanStep } from './plan/step.ts';
export type { ImportOptions } from './planning.ts';
export type { SnapshotComponent, SnapshotDocument } from './snapshot/document.ts';
export { Snapshot } from './snapshot.ts';
export { planUndo, undoImport } from './undo.ts';
