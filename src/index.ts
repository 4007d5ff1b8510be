// Public names of the library.

export { type ApproveOptions, approvePlan, revokeApproval, waitingPlans } from './approve.ts';
export { type AuditOptions, auditLog, verifyAuditLog } from './audit.ts';
export type { BlobName } from './codec/blob-name.ts';
export type { Codec, Compression } from './codec/compression/compression.ts';
export { type KeyKind, PublicKey } from './codec/keys/public-key.ts';
export { SigningKey } from './codec/keys/signing-key.ts';
export type { ToolDifference, ToolPart, ToolValue } from './component/tool-difference.ts';
export { type CopyOptions, copySnapshot } from './copy.ts';
export { type DiffOptions, diffStates, type StatesDifference } from './diff.ts';
export type { BlobSource, Blobs, TransferOptions } from './disk/blobs/blob.ts';
export type { OnProgress, Progress } from './disk/progress.ts';
export {
  ConflictError,
  ERROR_CODES,
  type ErrorCode,
  type ErrorDetails,
  type ErrorExtras,
  type ErrorKind,
  EXIT_CODES,
  FormatError,
  PolicyError,
  type Remedy,
  type SaidPath,
  StateError,
  StoreError,
  UsageError,
  VerificationError,
} from './errors.ts';
export {
  type ExportOptions,
  type ExportResult,
  type ExportToOptions,
  exportState,
  exportStateTo,
} from './export.ts';
export { importState, planImportState } from './import.ts';
export { type HostListing, listHost, listSnapshot } from './list.ts';
export { type MergeOptions, type MergeResult, type MergeSides, mergeSnapshots } from './merge.ts';
export type { RemoteName } from './net/remote-fence.ts';
export { openSnapshot } from './open.ts';
export type { WrittenSnapshot } from './places/place.ts';
export type { FileReference, Reference, RemoteReference } from './places/reference.ts';
export type { BucketReference, BucketService } from './places/references/bucket.ts';
export type { HttpsReference } from './places/references/https.ts';
export type { RegistryReference } from './places/references/registry.ts';
export type { RemotePlace } from './places/references/remote-place.ts';
export type { Amount, Transfer } from './places/transfer.ts';
export type { Approval } from './plan/approval.ts';
export type { MergeConflict } from './plan/comparison/merge-conflict.ts';
export type { SideChange } from './plan/comparison/side-change.ts';
export type {
  CodeDifference,
  ComponentDifference,
  NamesDifference,
  PolicyDifference,
  StatedCode,
} from './plan/comparison/state-difference.ts';
export type { Uncompared, UncomparedPart } from './plan/comparison/uncompared.ts';
export type { GrantedDirectory } from './plan/directory-grants.ts';
export type { FileChange, FileKind } from './plan/file-kinds.ts';
export type {
  CappedDirectory,
  ListRule,
  OperatorPolicy,
  SwitchRule,
} from './plan/operator-policy/rules.ts';
export type { DirectoryMapping } from './plan/overlay/directories.ts';
export type { Overlay, WithheldEntry } from './plan/overlay/overlay.ts';
export type { Plan } from './plan/plan.ts';
export type { SecretNamesChange } from './plan/secrets-change.ts';
export type { PlanSigner, SnapshotSigners } from './plan/signers.ts';
export type { PlanStep, StepAction } from './plan/step.ts';
export type { AllowedGrant, PlanOptions } from './plan/target.ts';
export type { Lacks } from './plan/warnings/lacks.ts';
export type { Sentence, SentenceKind } from './plan/words/sentences.ts';
export type { Ability, ChangeOf, RightsChange, RightsChangeKind } from './policy/gains.ts';
export type { NetworkReach, ReachedHost } from './policy/network-host.ts';
export type {
  Access,
  NetworkGrant,
  Permissions,
  PlainValue,
  ResourceLimits,
  Rights,
  StorageGrant,
} from './policy/policy.ts';
export type { WassetteVersion, WithoutPolicy } from './policy/wassette-versions.ts';
export { signSnapshot } from './sign.ts';
export type { WaitingPlan } from './site/approval/waiting-plans.ts';
export type { Labels } from './site/export/component-description.ts';
export type { ApplyOptions, ImportResult } from './site/import/applying.ts';
export type { ImportOptions } from './site/import/planning.ts';
export type { LastImport } from './site/last-import.ts';
export type { ListedComponent } from './site/listing/listed-component.ts';
export { readOperatorPolicy } from './site/operator-policy/file.ts';
export type { OverlayOptions } from './site/overlay-options.ts';
export type { ExportDestination } from './site/places.ts';
export type { TrustOptions } from './site/signers.ts';
export type { CommonOptions, OpenOptions } from './site/site.ts';
export { Snapshot } from './site/snapshot.ts';
export type { Settlement } from './snapshot/merge/documents.ts';
export type {
  Artifact,
  SnapshotComponent,
  SnapshotDocument,
  SnapshotLabels,
  SnapshotPolicy,
  ToolCache,
} from './snapshot/shape.ts';
export type { Signer } from './snapshot/signatures/signing.ts';
export type { CheckedSignature, SignedThing } from './snapshot/signatures/verification.ts';
export {
  type HistoryOptions,
  type PastSnapshot,
  type SnapshotHistory,
  snapshotHistory,
} from './snapshot-history.ts';
export type { AcceptedOrNot, ApprovedBy, AuditRecord, Caller } from './state/audit/entry.ts';
export type { AuditBreak, AuditCheck, AuditLine } from './state/audit/reading.ts';
export type { KnownSigner } from './trust/accepted-signers.ts';
export { type Acceptance, AllowedSigners } from './trust/allowed-signers.ts';
export type { AllowedSigner } from './trust/signer-line.ts';
export { planUndo, type UndoOptions, undoImport } from './undo.ts';
export { type Verification, type VerifyOptions, verifySnapshot } from './verify.ts';
export type { UnloadableFile } from './wassette/directory/listing.ts';
export type { LiveComponent, LiveWassette, ToolAnswer } from './wassette/live/live-wassette.ts';
