// Reads the state of this host for a comparison: what is in its directories, and what the Wassettes say that run there.
// Writes nothing.
import { fewOf } from '../codec/enumeration.ts';
import { quoted } from '../codec/safe-text.ts';
import { utf8Text } from '../codec/utf8.ts';
import type { StatedComponent } from '../plan/comparison/state-difference.ts';
import {
  doubtfulNativeCode,
  type UncomparedPart,
  unreadSecrets,
  unreadStrayCache,
  unreadToolCache,
} from '../plan/comparison/uncompared.ts';
import { isUnread, type SecretsStore, secretsOf } from '../plan/stored-secrets.ts';
import { cachedComponentId, cachedToolNames, cachedTools } from '../snapshot/tool-cache.ts';
import type { HostComponent } from '../wassette/directory/component-files.ts';
import { fileName, isProbe } from '../wassette/directory/files.ts';
import type { Host } from '../wassette/host.ts';
import { namesIn, type StateWithCode } from './compared-states.ts';
import { CodeReadings } from './fit/readings.ts';
import type { Site } from './site.ts';

/** @throws StoreError STORE_UNSUPPORTED, STORE_CHANGING, STORE_OTHER_HOST */
export async function stateHere({ host }: Site, signal?: AbortSignal): Promise<StateWithCode> {
  const remarks = await host.components.remarks(signal);
  // First, so that what is loaded meanwhile has a file.
  const { lists, silent } = await host.components.toolLists(signal);
  const { installed } = await host.components.list();
  const phantoms = await host.components.phantoms();
  const files = await host.components.read(installed, signal);
  const codeReadings = CodeReadings.on(host);
  const reading = new HostReading(host, codeReadings, lists, await host.secrets(), files);
  const components: StatedComponent[] = [];
  for (const component of files) {
    const stated = await reading.stated(component);
    if (stated !== null) components.push(stated);
  }
  const there = new Set([...installed, ...phantoms.listed, ...reading.otherNames.keys()]);
  const ids = new Set(lists.flatMap((list) => [...list.keys()]));
  const onlyRunning = [...ids].filter((id) => !there.has(id) && !isProbe(id));
  const withoutCode = [...phantoms.listed, ...onlyRunning];
  return {
    label: host.componentDir,
    codeReadings,
    policies: new Map(),
    components: [...components, ...withoutCode.map((id) => reading.statedWithoutCode(id))],
    unread: [...silent, ...phantoms.doubtful.map((id) => unreadStrayCache(fileName(id, 'toolCache')))],
    withoutPolicy: (await host.components.surroundings(signal)).withoutPolicy,
    notes: [...remarks, ...notesOn(phantoms.listed, onlyRunning)],
  };
}

function notesOn(phantoms: readonly string[], onlyRunning: readonly string[]): string[] {
  const named = (what: string, names: readonly string[]) =>
    names.length === 0 ? [] : [`${what}: ${fewOf(names.map(quoted))}`];
  return [
    ...named(
      'no code that Wassette loads, but a tool cache beside it, whose tools it lists',
      phantoms.map((id) => fileName(id, 'wasm')),
    ),
    ...named('not installed here, but listed by a Wassette that runs here', onlyRunning),
  ];
}

type ToolLists = readonly ReadonlyMap<string, readonly unknown[]>[];

class HostReading {
  readonly #doubtful: ReadonlySet<string>;
  /** What Wassette also calls a component: the id in its cache, where the files got another name. */
  readonly otherNames: ReadonlyMap<string, string>;
  /** The same by component. */
  readonly #otherNameOf: ReadonlyMap<string, string>;

  constructor(
    private readonly host: Host,
    private readonly codeReadings: CodeReadings,
    private readonly running: ToolLists,
    private readonly secrets: SecretsStore,
    components: readonly HostComponent[],
  ) {
    this.#doubtful = new Set(host.components.doubtfulNativeCode(components));
    const ids = new Set(components.map(({ component_id }) => component_id));
    this.otherNames = new Map(
      components.flatMap(({ component_id, artifact, toolCache }) => {
        const name = artifact === null ? null : cachedComponentId(toolCache?.bytes);
        return name === null || ids.has(name) ? [] : [[name, component_id] as const];
      }),
    );
    this.#otherNameOf = new Map([...this.otherNames].map(([name, id]) => [id, name]));
  }

  /** Null when its code is gone by now. */
  async stated(component: HostComponent): Promise<StatedComponent | null> {
    const { component_id, artifact, policy, toolCache, wasmMtimeSeconds: mtimeSeconds } = component;
    if (artifact === null) return null;
    const names = cachedToolNames(toolCache?.bytes);
    const cached = cachedTools(toolCache?.bytes, { ...artifact, mtimeSeconds });
    const isListed = typeof cached === 'object';
    const isSaid = isListed && names.length > 0;
    const found = isSaid ? null : await this.codeReadings.read({ component_id, artifact });
    const derived = found?.tools?.tools;
    const fromFiles = isListed ? cached.tools : cached === 'none' ? derived : undefined;
    const secrets = this.#secretsOf(component_id);
    return {
      component_id,
      code: { sha256: artifact.sha256, size: artifact.size, sourceUri: null },
      tools: isSaid ? names : namesIn(found),
      toolLists: [...(fromFiles ? [fromFiles] : []), ...this.#running(component_id)],
      rights: this.host.rightsOf(component),
      policyText: policy === null ? null : (utf8Text(policy.bytes) ?? null),
      ...secrets,
      unread: [
        ...secrets.unread,
        ...(this.#doubtful.has(component_id)
          ? [doubtfulNativeCode(fileName(component_id, 'cwasm'), fileName(component_id, 'wasm'))]
          : []),
        ...(cached === 'unread' ? [unreadToolCache(fileName(component_id, 'toolCache'))] : []),
      ],
    };
  }

  /** Of what Wassette lists, and nobody says with which code and under which policy. */
  statedWithoutCode(component_id: string): StatedComponent {
    const toolLists = this.#running(component_id);
    return {
      component_id,
      code: { sha256: null, size: null, sourceUri: null },
      tools: toolLists.length === 0 ? null : namesOf(toolLists[0]!),
      toolLists,
      rights: null,
      policyText: null,
      ...this.#secretsOf(component_id),
    };
  }

  #running(id: string): (readonly unknown[])[] {
    const names = new Set([id, this.#otherNameOf.get(id) ?? id]);
    return this.running.flatMap((list) =>
      [...names].flatMap((name) => (list.get(name) ? [list.get(name)!] : [])),
    );
  }

  #secretsOf(id: string): { secretNames: readonly string[] | null; unread: readonly UncomparedPart[] } {
    const stored = secretsOf(this.secrets, id);
    if (isUnread(stored)) return { secretNames: null, unread: [unreadSecrets(stored.file)] };
    return { secretNames: stored, unread: [] };
  }
}

function namesOf(tools: readonly unknown[]): string[] {
  return tools.flatMap((tool) => {
    const { name } = tool as { name?: unknown };
    return typeof name === 'string' ? [name] : [];
  });
}
