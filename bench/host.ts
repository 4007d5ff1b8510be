// Hosts to measure on: folders full of components that differ from one another; they compress only where that is measured.
import { randomFillSync } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { componentBytes } from '../test/fixtures/components/component.ts';
import { sync } from './process.ts';

/** Behind the preamble, the section's header and its name. */
const PAYLOAD_AT = 32;

interface Filling {
  policies?: boolean;
  /** Writes what the component of this number holds; by default random bytes. */
  payload?: (bytes: Buffer, i: number) => void;
}

const random = (bytes: Buffer) => void randomFillSync(bytes);

export class BenchHost {
  readonly source: string;
  readonly target: string;
  readonly #secrets: string;
  readonly #state: string;

  constructor(root: string) {
    this.source = path.join(root, 'source');
    this.target = path.join(root, 'target');
    this.#secrets = path.join(root, 'secrets');
    this.#state = path.join(root, 'state');
    for (const dir of [this.source, this.target, this.#secrets]) mkdirSync(dir, { recursive: true });
  }

  /** Components of `size` bytes each; with `policies` every second one has a policy of its own. */
  fill(count: number, size: number, { policies = false, payload = random }: Filling = {}): void {
    const bytes = componentBytes('', size);
    for (let i = 0; i < count; i++) {
      const file = this.#fileOf(i);
      payload(bytes.subarray(PAYLOAD_AT), i);
      writeFileSync(`${file}.wasm`, bytes);
      if (policies && i % 2 === 1) {
        writeFileSync(`${file}.policy.yaml`, policyText(i));
      }
    }
  }

  /** Another version of the first component. */
  change(size: number): void {
    writeFileSync(`${this.#fileOf(0)}.wasm`, randomFillSync(componentBytes('', size), PAYLOAD_AT));
  }

  /** The flags for a command on the host that exports. */
  get from(): string[] {
    return this.#flags(this.source);
  }

  /** The flags for a command on the host that imports; it shares the local store. */
  get onto(): string[] {
    return this.#flags(this.target);
  }

  /** What the local store takes. */
  get storedBytes(): number {
    const files = readdirSync(this.#state, { recursive: true, withFileTypes: true });
    const sizes = files
      .filter((file) => file.isFile())
      .map((file) => statSync(path.join(file.parentPath, file.name)).size);
    return sizes.reduce((sum, size) => sum + size, 0);
  }

  forgetSnapshots(): void {
    rmSync(this.#state, { recursive: true, force: true });
    sync();
  }

  /** Empties the target and drops what earlier imports left to undo; the local store stays. */
  emptyTarget(): void {
    for (const dir of [this.target, path.join(this.#state, 'hosts'), path.join(this.#state, 'plans')]) {
      rmSync(dir, { recursive: true, force: true });
    }
    mkdirSync(this.target);
    sync();
  }

  /** A run that did nothing is no figure. */
  checkTarget(count: number): void {
    const found = readdirSync(this.target).filter((name) => name.endsWith('.wasm')).length;
    if (found !== count) throw new Error(`expected ${count} components after the import, got ${found}`);
  }

  #fileOf(i: number): string {
    return path.join(this.source, `component-${i}`);
  }

  #flags(componentDir: string): string[] {
    return ['--component-dir', componentDir, '--secrets-dir', this.#secrets, '--state-dir', this.#state];
  }
}

function policyText(i: number): string {
  return `version: "1.0"
permissions:
  network:
    allow:
      - host: "host-${i}.example.com"
  environment:
    allow:
      - key: "VARIABLE_${i}"
`;
}
