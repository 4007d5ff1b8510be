// What the help says in addition to commands and options.

/**
 * The variables that are read, by what they are for.
 * @internal exported so that a test can compare them with the code
 */
export const ENVIRONMENT: readonly { names: readonly string[]; says: string }[] = [
  {
    names: ['WASSETTE_COMPONENT_DIR', 'WASSETTE_SECRETS_DIR', 'WASSETTE_CONFIG_FILE'],
    says: "Wassette's own, and read as it does",
  },
  {
    names: ['XDG_DATA_HOME', 'XDG_CONFIG_HOME', 'XDG_STATE_HOME', 'HOME', 'APPDATA'],
    says: "where Wassette's directories and ours are by default",
  },
  {
    names: ['WASSETTE_STATE_PASSPHRASE'],
    says: 'what opens an identity, or the secrets of a snapshot',
  },
  { names: ['WASSETTE_STATE_KEY_PASSPHRASE'], says: 'the passphrase of the key that signs' },
  { names: ['PATH'], says: 'where wassette is looked for' },
  {
    names: ['XDG_RUNTIME_DIR'],
    says: 'where servers on one host find each other if their path is long',
  },
  { names: ['TMPDIR'], says: 'for what is kept while a command runs' },
  {
    names: ['CLAUDE_CONFIG_DIR', 'CODEX_HOME', 'COPILOT_HOME', 'GEMINI_CLI_HOME'],
    says: 'where install finds the configurations of clients',
  },
  {
    names: ['DOCKER_AUTH_CONFIG', 'DOCKER_CONFIG', 'REGISTRY_AUTH_FILE'],
    says: 'logins of registries, as docker and podman have them',
  },
  {
    names: [
      'AZURE_STORAGE_CONNECTION_STRING',
      'AZURE_STORAGE_KEY',
      'AZURE_STORAGE_SAS_TOKEN',
      'AZURE_STORAGE_SERVICE_ENDPOINT',
    ],
    says: 'credentials and address of azblob://',
  },
  {
    names: [
      'AWS_ACCESS_KEY_ID',
      'AWS_SECRET_ACCESS_KEY',
      'AWS_PROFILE',
      'AWS_REGION',
      'AWS_ENDPOINT_URL',
      'AWS_ENDPOINT_URL_S3',
    ],
    says: "credentials, region and address of s3://; Amazon's client reads more",
  },
  {
    names: ['GOOGLE_APPLICATION_CREDENTIALS', 'STORAGE_EMULATOR_HOST'],
    says: 'credentials of gs://, and its address in tests',
  },
  {
    names: ['HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY'],
    says: 'proxies, and the hosts that are reached without one; also in lower case',
  },
  { names: ['NODE_EXTRA_CA_CERTS'], says: 'a file of more authorities for HTTPS' },
  { names: ['NO_COLOR', 'TERM'], says: 'no colours if NO_COLOR is set or TERM is dumb' },
];

const VARIABLES = ENVIRONMENT.map(({ names, says }) => `${inLines(names)}\n      ${says}`).join('\n');

export const AFTER_HELP = `
A handoff to another machine:
  wassette-state export -o tools.json --include-binaries   here
  wassette-state import tools.json      there: shows what it allows, and asks
  wassette-state undo                   there: takes it back
or, in one line:
  wassette-state export -o - | ssh HOST wassette-state import - --yes

On this machine a name is enough:
  wassette-state export --name tools
  wassette-state import tools --component-dir OTHER

A snapshot is a digest (the first 6 digits or more), a name in the local store,
or a .json, .json.gz or .json.zst file; or a manifest of wassette serve
--manifest, a .yaml file. With - for a file, it is standard input or output.
On another machine it is at oci://HOST/REPOSITORY[:TAG], s3://BUCKET/PREFIX,
gs://BUCKET/PREFIX, azblob://ACCOUNT/CONTAINER/PREFIX, each of the last three
with [:NAME], or, to read it, at https://HOST/PATH.json.

Environment:
${VARIABLES}

Exit codes: 0 done, 1 bug, 2 usage, 3 format, 4 verification, 5 policy or
approval, 6 conflict, 7 store, 130 interrupted. Of diff, doctor, log, merge, git
and policy, 1 is the answer "no", and a bug is 70.`;

export const AFTER_APPROVE_HELP = `
Plans wait here when an agent asks for an import at a server that was started
with --approval operator. A terminal proves no person: an agent with a shell as
the same user can approve for itself, and can write into the component directory
without asking. Only another user or a container keeps it from that.`;

export const AFTER_COMPLETION_HELP = `
In ~/.bashrc:                   source <(wassette-state completion bash)
In ~/.zshrc, after compinit:    source <(wassette-state completion zsh)
In ~/.config/fish/config.fish:  wassette-state completion fish | source`;

/** Of at most 76 characters, between words. */
function inLines(names: readonly string[]): string {
  const lines = [''];
  for (const name of names) {
    const last = lines.at(-1)!;
    if (last === '') lines[lines.length - 1] = name;
    else if (last.length + name.length + 2 > 74) lines.push(name);
    else lines[lines.length - 1] = `${last}, ${name}`;
  }
  return lines.map((line) => `  ${line}`).join('\n');
}
