// The audit log of a state directory: who asked for what, who approved it, and what came of it. Many processes append to it,
// one at a time.
import { acquireLock } from '../../disk/lock.ts';
import { whileDoing } from '../../disk/system-error.ts';
import { StateError } from '../../errors.ts';
import type { StateDirectory } from '../directory.ts';
import { appendLine, ROTATION, type Rotation } from './appending.ts';
import type { AuditEntry, Caller } from './entry.ts';
import { assertOwnFolder, lockFolder } from './files.ts';
import { type Chaining, lineFor } from './line.ts';

/** Longer than any number of appends takes. */
const WAIT_MS = 10_000;
/** For what goes on without its line. */
const SHORT_WAIT_MS = 2_000;

export class AuditLog {
  constructor(
    private readonly state: StateDirectory,
    private readonly caller: Caller,
    private readonly rotation: Rotation = ROTATION,
  ) {}

  /**
   * Appends a line that survives power loss once this returns, with all before it.
   * @throws StoreError STORE_LOCKED, STORE_UNSAFE_FILE, STORE_DENIED, STORE_NO_SPACE, STORE_IO: what cannot be recorded
   * must not be done
   */
  async record(entry: AuditEntry): Promise<void> {
    await this.#append(entry, true, WAIT_MS);
  }

  /** The same of a line that survives power loss with the next one that is recorded. @throws as `record` */
  async add(entry: AuditEntry): Promise<void> {
    await this.#append(entry, false, WAIT_MS);
  }

  /**
   * Appends a line of what changes nothing here: nobody is kept from looking by a log that cannot be written. Returns why
   * it could not be, in words; null when it was.
   */
  async note(entry: AuditEntry): Promise<string | null> {
    try {
      await this.#append(entry, false, SHORT_WAIT_MS);
      return null;
    } catch (error) {
      if (error instanceof StateError) return `this is not in the audit log: ${error.message}`;
      throw error;
    }
  }

  async #append(entry: AuditEntry, isDurable: boolean, waitMs: number): Promise<void> {
    const { audit: folder, root, componentDir } = this.state;
    const line = (chaining: Chaining) =>
      lineFor({ component_dir: componentDir, ...entry }, this.caller, chaining);
    await whileDoing(`append to the audit log in ${folder}`, async () => {
      assertOwnFolder(folder);
      const lock = await acquireLock(lockFolder(folder), { stateDir: root, waitMs });
      try {
        assertOwnFolder(folder); // it may have been made by another user meanwhile
        await appendLine(folder, line, isDurable, this.rotation);
      } finally {
        await lock.release();
      }
    });
  }
}
