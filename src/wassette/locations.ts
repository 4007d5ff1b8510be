// Resolves where this host keeps things: from flags first, then as Wassette itself would.
import { lstatSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { homedir, userInfo } from 'node:os';
import path from 'node:path';
import { safeText } from '../codec/safe-text.ts';
import { followPath, seenFrom } from '../disk/paths/kernel-path.ts';
import { UsageError } from '../errors.ts';

/** Where things are; what is not given is found as Wassette finds it. */
export interface LocationFlags {
  /** Wassette's component directory. */
  componentDir?: string | undefined;
  /** Wassette's secrets directory: the names of secrets are taken from it, never values. */
  secretsDir?: string | undefined;
  /** Where the local store and undo records are; by default `wassette-state` in the user's state directory. */
  stateDir?: string | undefined;
  /** The operator's policy; by default `wassette-state/policy.yaml` in the user's configuration. No export overwrites it. */
  policyFile?: string | undefined;
  /** The accepted signers; by default `wassette-state/allowed_signers` in the user's configuration. No import may grant it. */
  allowedSigners?: string | undefined;
  /** Names of variables that Wassette hands out in addition to those of this process's environment. */
  environment?: readonly string[] | undefined;
}

export interface Locations {
  /** Real paths, as far as they exist: links are resolved. */
  componentDir: string;
  secretsDir: string;
  stateDir: string;
  /** Of the operator's policy, whether or not there is one. */
  policyFile: string;
  /** Of the list of accepted signers, whether or not there is one. */
  signersFile: string;
  /** Where things are for whoever names none: another start of ours, or of Wassette, may look there. */
  byDefault: DefaultLocations;
  /** Names of variables that Wassette would hand out: this process's and those of its config.toml. */
  environment: ReadonlySet<string>;
}

interface DefaultLocations {
  policyFile: string;
  signersFile: string;
  stateDir: string;
  /** With the variables of this process, without them, and without config.toml. */
  componentDirs: readonly string[];
  secretsDirs: readonly string[];
}

/** Where a directory is, and what said so. */
export interface ChosenDirectory {
  path: string;
  by: 'flag' | 'environment' | 'config' | 'default';
}

export type ChosenLocations = Record<'componentDir' | 'secretsDir' | 'stateDir', ChosenDirectory>;

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Resolves as Wassette 0.8 does: flag, `WASSETTE_*`, config.toml, default. Nothing is created.
 * @throws UsageError USAGE_BAD_ARGUMENT when config.toml cannot be read
 */
export async function resolveLocations(
  flags: LocationFlags,
  env: Environment = process.env,
): Promise<Locations> {
  const config = await readConfig(env);
  const { componentDir, secretsDir, stateDir } = choose(flags, env, config);
  const byDefault = defaultLocations(env, config);
  const { policyFile, allowedSigners } = flags;
  return {
    componentDir: realPathAsFarAsItExists(componentDir.path),
    secretsDir: realPathAsFarAsItExists(secretsDir.path),
    stateDir: realPathAsFarAsItExists(stateDir.path),
    policyFile: policyFile === undefined ? byDefault.policyFile : realPathAsFarAsItExists(policyFile),
    signersFile:
      allowedSigners === undefined ? byDefault.signersFile : realPathAsFarAsItExists(allowedSigners),
    byDefault,
    environment: new Set([...Object.keys(env), ...config.environment, ...(flags.environment ?? [])]),
  };
}

function defaultLocations(env: Environment, config: WassetteConfig): DefaultLocations {
  const bare = { ...env, WASSETTE_COMPONENT_DIR: undefined, WASSETTE_SECRETS_DIR: undefined };
  const chosen = [choose({}, env, config), choose({}, bare, config), choose({}, bare, NO_CONFIG)];
  const unique = (paths: readonly string[]) => [...new Set(paths.map(realPathAsFarAsItExists))];
  return {
    policyFile: realPathAsFarAsItExists(defaultPolicyFile(env)),
    signersFile: realPathAsFarAsItExists(defaultSignersFile(env)),
    stateDir: realPathAsFarAsItExists(chosen[0]!.stateDir.path),
    componentDirs: unique(chosen.map(({ componentDir }) => componentDir.path)),
    secretsDirs: unique(chosen.map(({ secretsDir }) => secretsDir.path)),
  };
}

/** The directories as they were named, each with what named it. @throws as `resolveLocations` */
export async function chooseLocations(
  flags: LocationFlags,
  env: Environment = process.env,
): Promise<ChosenLocations> {
  return choose(flags, env, await readConfig(env));
}

/** What is named nowhere is at its default. */
export function choose(flags: LocationFlags, env: Environment, config: WassetteConfig): ChosenLocations {
  const { componentDir, secretsDir, stateDir } = flags;
  return {
    componentDir: firstGiven(
      { flag: componentDir, environment: env.WASSETTE_COMPONENT_DIR, config: config.componentDir },
      path.join(dataHome(env), 'wassette', 'components'),
    ),
    secretsDir: firstGiven(
      { flag: secretsDir, environment: env.WASSETTE_SECRETS_DIR, config: config.secretsDir },
      path.join(configHome(env), 'wassette', 'secrets'),
    ),
    stateDir: firstGiven({ flag: stateDir }, path.join(stateHome(env), 'wassette-state')),
  };
}

/** The first that is given; an empty variable counts as none. */
function firstGiven(
  { flag, environment, config }: Partial<Record<ChosenDirectory['by'], string | undefined>>,
  otherwise: string,
): ChosenDirectory {
  if (flag !== undefined) return { path: flag, by: 'flag' };
  if (environment !== undefined && environment !== '') return { path: environment, by: 'environment' };
  return config === undefined ? { path: otherwise, by: 'default' } : { path: config, by: 'config' };
}

/**
 * The file of the operator's policy; null where nobody names one and there is none at the default place. Whatever else is
 * the matter there is found when it is read.
 */
export function findOperatorPolicy(
  { policyFile }: Pick<LocationFlags, 'policyFile'>,
  env: Environment = process.env,
): string | null {
  if (policyFile !== undefined) return policyFile;
  const file = defaultPolicyFile(env);
  return mayBeThere(file) ? file : null;
}

/** False only where there is certainly nothing. */
export function mayBeThere(file: string): boolean {
  try {
    lstatSync(file);
  } catch (error) {
    return !['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
  }
  return true;
}

function defaultSignersFile(env: Environment): string {
  return path.join(configHome(env), 'wassette-state', 'allowed_signers');
}

function defaultPolicyFile(env: Environment): string {
  return path.join(configHome(env), 'wassette-state', 'policy.yaml');
}

/** The locations after a fresh login of this user, without flags or variables. @throws when the user has no entry */
export async function locationsAfterLogin(env: Environment = process.env): Promise<Locations> {
  return resolveLocations({}, { HOME: userInfo().homedir, APPDATA: env.APPDATA });
}

/** The environment for a Wassette that we start: without our own variables, because a component without a policy sees all. */
export function environmentForWrapped(env: Environment = process.env): Record<string, string> {
  const kept = Object.entries(env).filter(([name]) => !name.startsWith('WASSETTE_STATE_'));
  return Object.fromEntries(kept) as Record<string, string>;
}

/** A short private folder for sockets; null where the system names none. */
export function runtimeFolder(env: Environment = process.env): string | null {
  const dir = nonEmpty(env.XDG_RUNTIME_DIR);
  return dir !== undefined && path.isAbsolute(dir) ? path.join(dir, 'wassette-state') : null;
}

/**
 * Where other programs keep what this user logged in to registries with: docker and what follows it, then podman and what
 * follows that.
 */
export function registryLogins(env: Environment = process.env): { inline: string | null; files: string[] } {
  const docker = nonEmpty(env.DOCKER_CONFIG) ?? path.join(home(env), '.docker');
  const runtime = nonEmpty(env.XDG_RUNTIME_DIR);
  const podman =
    nonEmpty(env.REGISTRY_AUTH_FILE) ??
    (runtime === undefined ? undefined : path.join(runtime, 'containers', 'auth.json'));
  return {
    inline: nonEmpty(env.DOCKER_AUTH_CONFIG) ?? null,
    files: [
      path.join(docker, 'config.json'),
      ...(podman === undefined ? [] : [podman]),
      path.join(configHome(env), 'containers', 'auth.json'),
    ],
  };
}

/** The real path of the longest existing beginning, with the rest appended. */
export function realPathAsFarAsItExists(location: string): string {
  return followPath(seenFrom(process.cwd(), location)).real;
}

/** What config.toml says. */
export interface WassetteConfig {
  componentDir: string | undefined;
  secretsDir: string | undefined;
  environment: readonly string[];
}
export const NO_CONFIG: WassetteConfig = { componentDir: undefined, secretsDir: undefined, environment: [] };

/**
 * @param from where the process is that reads it: this one unless it is given
 * @throws UsageError USAGE_BAD_ARGUMENT when it is not TOML
 */
export async function readConfig(
  env: Environment,
  from: { root: string; cwd: string | null } = { root: '', cwd: process.cwd() },
): Promise<WassetteConfig> {
  const file = nonEmpty(env.WASSETTE_CONFIG_FILE) ?? path.join(configHome(env), 'wassette', 'config.toml');
  if (from.cwd === null && !path.isAbsolute(file)) return NO_CONFIG;
  let text: string;
  try {
    text = await readFile(from.root + seenFrom(from.cwd ?? '/', file), 'utf8');
  } catch {
    return NO_CONFIG; // Wassette too goes on without a config file
  }
  const { parse } = await import('smol-toml');
  try {
    const table = parse(text);
    const variables = table.environment_vars;
    return {
      componentDir: stringOf(table.component_dir) ?? stringOf(table.plugin_dir),
      secretsDir: stringOf(table.secrets_dir),
      environment: typeof variables === 'object' && variables !== null ? Object.keys(variables) : [],
    };
  } catch {
    // The parser's message would quote the file, which can hold secrets.
    throw new UsageError('USAGE_BAD_ARGUMENT', `${safeText(file)} is not valid TOML`, {
      hint: 'correct the file',
      remedy: { do: 'name-directories' },
    });
  }
}

function stringOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === undefined || value === '' ? undefined : value;
}

function dataHome(env: Environment): string {
  if (process.platform === 'win32' && env.APPDATA) return env.APPDATA;
  return nonEmpty(env.XDG_DATA_HOME) ?? path.join(home(env), '.local', 'share');
}

function configHome(env: Environment): string {
  return nonEmpty(env.XDG_CONFIG_HOME) ?? path.join(home(env), '.config');
}

function stateHome(env: Environment): string {
  return nonEmpty(env.XDG_STATE_HOME) ?? path.join(home(env), '.local', 'state');
}

function home(env: Environment): string {
  return nonEmpty(env.HOME) ?? homedir();
}
