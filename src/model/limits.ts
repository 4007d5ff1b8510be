// How large a snapshot may be (F-7).

export interface Limits {
  components: number;
  documentBytes: number;
  policyBytes: number;
  binaryBytes: number;
  depth: number;
  values: number;
}

export const DEFAULT_LIMITS: Limits = {
  components: 10_000,
  documentBytes: 64 * 1024 * 1024,
  policyBytes: 1024 * 1024,
  binaryBytes: 1024 * 1024 * 1024,
  depth: 64,
  values: 5_000_000,
};
