// How large a snapshot may be (F-7).

export interface Limits {
  components: number;
  documentBytes: number;
  policyBytes: number;
  /** Words and signs of all policies together, each text counted once. */
  policyLexemes: number;
  binaryBytes: number;
  depth: number;
  values: number;
}

export const LIMITS: Readonly<Limits> = {
  components: 10_000,
  documentBytes: 64 * 1024 * 1024,
  policyBytes: 1024 * 1024,
  policyLexemes: 1_000_000,
  binaryBytes: 1024 * 1024 * 1024,
  depth: 64,
  values: 5_000_000,
};

/** What a compressed file may become: text for 12 GiB of code. */
export const MAX_INFLATED_BYTES = 16 * 1024 ** 3;
