// Finds the login for a registry where other programs keep it. Nothing is read before a registry asks for one.
import { readForeignFile } from '../../../disk/foreign-file.ts';
import { AuthFile } from './auth-file.ts';
import type { Credential } from './credential.ts';
import { askHelper, programOf } from './credential-helper.ts';

/** Where logins are looked for, the first that has one counting. */
export interface LoginSources {
  /** The text of a file, as a variable of the environment gives it. */
  inline: string | null;
  files: readonly string[];
}

export interface FoundLogin {
  /** Null where nobody has logged in. */
  credential: Credential | null;
  /** What could not be asked. */
  problems: readonly string[];
}

export class Credentials {
  readonly #sources: LoginSources;
  #files: Promise<AuthFile[]> | null = null;

  constructor(sources: LoginSources) {
    this.#sources = sources;
  }

  /** @throws FormatError FORMAT_INVALID_CONFIG, FORMAT_LIMIT_EXCEEDED; StoreError STORE_DENIED, STORE_UNSAFE_FILE */
  async find(host: string, repository: string): Promise<FoundLogin> {
    this.#files ??= this.#read();
    const problems: string[] = [];
    for (const file of await this.#files) {
      const keeper = file.helperFor(host);
      if (keeper !== null) {
        const answer = await askHelper(keeper.helper, keeper.server);
        if ('problem' in answer) problems.push(`${programOf(keeper.helper)} ${answer.problem}`);
        else if (answer.credential !== null) return { credential: answer.credential, problems };
      }
      const credential = file.credentialFor(host, repository);
      if (credential !== null) return { credential, problems };
    }
    return { credential: null, problems };
  }

  async #read(): Promise<AuthFile[]> {
    const { inline, files } = this.#sources;
    const found = inline === null ? [] : [new AuthFile(inline, 'DOCKER_AUTH_CONFIG')];
    for (const file of files) {
      const { text } = await readForeignFile(file);
      if (text !== null) found.push(new AuthFile(text, file));
    }
    return found;
  }
}
