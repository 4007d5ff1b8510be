// A registry, and `oras`, with which people push files there.
import path from 'node:path';
import { goProgram } from '../../test/fixtures/ci-cache.ts';
import { ORAS } from '../../test/fixtures/go-programs.ts';
import { startCurrentRegistry } from '../../test/fixtures/servers/registries/registries.ts';
import type { Remote } from '../places.ts';
import { secondsOfShell } from '../process.ts';

const PUSH = 'cd "$1"; "$2" push --plain-http --no-tty "$3" *.wasm';
const PULL = '"$2" pull --plain-http --no-tty --output "$1" "$3"';

export class Registry implements Remote {
  readonly noun = 'registry';
  readonly env = () => ({});
  readonly port: number;

  private constructor(
    private readonly oras: string,
    address: string,
    readonly stop: () => Promise<void>,
  ) {
    this.port = Number(address.split(':')[1]);
  }

  static async start(this: void): Promise<Registry> {
    const oras = path.join(await goProgram(ORAS), 'oras');
    const { address, stop } = await startCurrentRegistry();
    return new Registry(oras, address, stop);
  }

  reference(port: number, folder: string, name: string): string {
    return `oci://127.0.0.1:${port}/${folder}:${name}`;
  }

  push(directory: string, folder: string): Promise<number> {
    return secondsOfShell(PUSH, [directory, this.oras, this.#named(folder)]);
  }

  pull(folder: string, directory: string): Promise<number> {
    return secondsOfShell(PULL, [directory, this.oras, this.#named(folder)]);
  }

  #named(folder: string): string {
    return `127.0.0.1:${this.port}/${folder}:peer`;
  }
}
