// All Wassettes that run on one directory and can be told what changes: our own, and those that other processes of ours
// wrap. They are held together, and load what changed one after the other, since each writes its native code in place.
import type { TransferOptions } from '../../../disk/blobs/blob.ts';
import { pidNamespace, untilEnded } from '../../../disk/process-owner.ts';
import { ComponentProgress, type OnProgress } from '../../../disk/progress.ts';
import { StoreError } from '../../../errors.ts';
import type { ComponentChange } from '../../../plan/file-kinds.ts';
import type { StateDirectory } from '../../../state/directory.ts';
import { liveToolsOf } from '../answers.ts';
import type { LiveWassette } from '../live-wassette.ts';
import { changedComponents, loadChanges, waitUntilLoaded } from '../loading.ts';
import { findNeighbours, meetNeighbours, type Neighbour } from '../registry/neighbours.ts';
import { assertRightDirectory, remarksOnWindow } from '../right-directory.ts';
import { type About, dropNativeCode, makerOf, NativeCode, type StagedCode } from './native-code.ts';
import { type SaidTools, saidTools, type Unreached } from './said-tools.ts';
import { assertNoneUntold, assertTells } from './untold-wassettes.ts';
import { inWindow } from './window-error.ts';

export class RunningWassettes {
  readonly #neighbours: Neighbour[];

  constructor(
    private readonly own: LiveWassette | undefined,
    neighbours: readonly Neighbour[],
    private readonly state: StateDirectory,
    private readonly unreached: readonly Unreached[] = [],
  ) {
    this.#neighbours = [...neighbours];
  }

  /** Connects to the neighbours for as long as `work` takes. */
  static async during<T>(
    own: LiveWassette | undefined,
    state: StateDirectory,
    work: (running: RunningWassettes) => Promise<T>,
  ): Promise<T> {
    const { neighbours, unreached } = await meetNeighbours(state);
    const running = new RunningWassettes(own, neighbours, state, unreached);
    try {
      return await work(running);
    } finally {
      for (const { close } of running.#neighbours) close();
    }
  }

  get isEmpty(): boolean {
    return this.#all.length === 0;
  }

  get neighbours(): readonly Neighbour[] {
    return this.#neighbours;
  }

  /** Runs `work` while no agent changes what any of them runs. @throws StoreError STORE_BUSY */
  withoutChanges<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    return this.#together(this.#all, (live, inner) => live.withoutChanges(inner, signal), work);
  }

  /** Does the same with those that have started since. While the files are locked, because none starts then. */
  async withNewcomers<T>(changes: readonly ComponentChange[], work: () => Promise<T>): Promise<T> {
    const newcomers = await findNeighbours(this.state, this.#neighbours);
    this.#neighbours.push(...newcomers);
    const lives = newcomers.map(({ live }) => live);
    const held = async () => {
      await this.waitUntilLoaded(changes, undefined, lives);
      return work();
    };
    return this.#together(lives, (live, inner) => live.withoutChanges(inner), held);
  }

  /** Until the end of `withoutChanges` no agent calls what changes; during `work` none calls anything. */
  async alone<T>(
    changes: readonly ComponentChange[],
    fileOf: (id: string) => string,
    work: () => Promise<T>,
  ): Promise<T> {
    const changed = new Map<LiveWassette, Awaited<ReturnType<typeof changedComponents>>>();
    await this.#each(async (live) => {
      changed.set(live, await changedComponents(live, changes, fileOf));
    });
    return this.#together([...changed.keys()], (live, inner) => live.alone(changed.get(live)!, inner), work);
  }

  /** Which windows run something else than what is on disk, because of what an agent did. @throws the signal's reason */
  async remarks(signal?: AbortSignal): Promise<string[]> {
    const { componentDir } = this.state;
    const remarks = this.#neighbours
      .filter(({ introduction }) => introduction.is_open && introduction.has_own_tools)
      .map(({ live, process }) => remarksOnWindow(live, componentDir, process, signal));
    return (await Promise.all(remarks)).flat();
  }

  /** @throws StoreError STORE_OTHER_HOST */
  async assertRightDirectory(signal?: AbortSignal): Promise<void> {
    await this.#each((live) => assertRightDirectory(live, this.state.componentDir, signal));
  }

  /** Waits until all have compiled what is about to change. */
  async waitUntilLoaded(
    changes: readonly ComponentChange[],
    signal?: AbortSignal,
    lives: readonly LiveWassette[] = this.#all,
  ): Promise<void> {
    const { componentDir } = this.state;
    await this.#eachByMaker(
      changes,
      // Where it was dropped, it does not appear again for what was loaded before.
      (live, isDropped) => waitUntilLoaded(live, componentDir, changes, { withCache: !isDropped, signal }),
      lives,
    );
  }

  /** Compiles new code, once for each version of Wassette. @throws VerificationError VERIFY_NOT_LOADED */
  async compile(code: readonly StagedCode[], options: TransferOptions): Promise<NativeCode> {
    const native = new NativeCode(this.state, code);
    await this.#each((live) => native.choose(live));
    await native.make(options, this.#about);
    return native;
  }

  /**
   * Has each load what is on disk now. Returns the tools of the changed components.
   * @throws VerificationError VERIFY_NOT_LOADED
   */
  async load(
    changes: readonly ComponentChange[],
    native?: NativeCode,
    onProgress?: OnProgress,
  ): Promise<string[]> {
    let tools: string[] = [];
    const count = changes.length * this.#all.length;
    const progress = new ComponentProgress('loading', { count, total: count }, onProgress);
    await this.#eachByMaker(changes, async (live) => {
      await native?.placeFor(live);
      tools = [...(await loadChanges(live, this.state.componentDir, changes, progress)).values()].flat();
    });
    return tools;
  }

  /** The tools of `ids` that can be called now, as the first says; null where none runs. */
  async toolsOf(ids: readonly string[], signal?: AbortSignal): Promise<string[] | null> {
    const [first] = this.#all;
    return first === undefined ? null : liveToolsOf(first, ids, signal);
  }

  /** @throws the signal's reason */
  async toolLists(signal?: AbortSignal): Promise<SaidTools> {
    const own = this.own === undefined ? [] : [{ live: this.own, window: null }];
    const theirs = this.#neighbours
      .filter(({ live }) => !live.isGone)
      .map(({ live, process }) => ({ live, window: process }));
    return saidTools([...own, ...theirs], this.unreached, signal);
  }

  /** A process of ours that ended takes its Wassette with it; one that runs on will not be told. @throws StoreError STORE_BUSY */
  async assertNoneLeft(): Promise<void> {
    for (const { process: wrapper, registration, live, introduction } of this.#neighbours) {
      if (!live.isGone) continue;
      const isSeen = (registration.pid_namespace ?? null) === pidNamespace();
      if (isSeen && (await untilEnded(introduction.pid))) continue;
      throw new StoreError('STORE_BUSY', `another window (process ${wrapper}) no longer answers`, {
        hint: 'nothing was changed: close that window, and try again',
        details: { pid: wrapper },
      });
    }
  }

  /** @throws StoreError STORE_BUSY naming one that nobody can tell */
  async assertNoneUntold(): Promise<void> {
    const own = this.own === undefined ? [] : [{ pid: this.own.pid, namespace: pidNamespace() }];
    const theirs = this.#neighbours
      .filter(({ live }) => !live.isGone)
      .map(({ live: { pid }, registration }) => ({ pid, namespace: registration.pid_namespace }));
    await assertNoneUntold(this.state, [...own, ...theirs]);
  }

  /** The same before any is held, when one may not take calls. @throws StoreError STORE_BUSY */
  async assertAllTell(): Promise<void> {
    for (const { process: wrapper, introduction } of this.#neighbours) assertTells(wrapper, introduction);
    await this.assertNoneUntold();
  }

  get #all(): LiveWassette[] {
    const lives = this.#neighbours.map(({ live }) => live).filter(({ isGone }) => !isGone);
    return this.own === undefined ? lives : [this.own, ...lives];
  }

  /** One after the other; one whose process ends meanwhile is left out. */
  async #each(
    work: (live: LiveWassette) => Promise<void>,
    lives: readonly LiveWassette[] = this.#all,
  ): Promise<void> {
    for (const live of lives) {
      try {
        await work(live);
      } catch (error) {
        if (live.isGone !== true) throw this.#about(live, error);
      }
    }
  }

  /**
   * Those of one version follow each other: what the first compiles is there for the others. Where all are not of one
   * version, the native code of what changes is dropped before each version, which would write over that of another.
   */
  async #eachByMaker(
    changes: readonly ComponentChange[],
    work: (live: LiveWassette, isDropped: boolean) => Promise<void>,
    lives: readonly LiveWassette[] = this.#all,
  ): Promise<void> {
    const makers = new Map<LiveWassette, string>();
    await this.#each(
      async (live) => {
        makers.set(live, await makerOf(live));
      },
      [...new Set([...this.#all, ...lives])],
    );
    const order = [...new Set(makers.values())];
    const place = (live: LiveWassette) => order.indexOf(makers.get(live)!);
    const isMixed = order.length > 1;
    const ids = changes.map(({ component_id }) => component_id);
    let last: string | undefined;
    await this.#each(
      async (live) => {
        const maker = makers.get(live);
        if (isMixed && maker !== last) await dropNativeCode(this.state.componentDir, ids);
        last = maker;
        await work(live, isMixed);
      },
      lives.filter((live) => makers.has(live)).sort((a, b) => place(a) - place(b)),
    );
  }

  /** Runs `work` within `hold` of each; one whose process ends before it is held is left out. */
  #together<T>(
    lives: readonly LiveWassette[],
    hold: (live: LiveWassette, inner: () => Promise<T>) => Promise<T>,
    work: () => Promise<T>,
  ): Promise<T> {
    const [first, ...others] = lives;
    if (first === undefined) return work();
    let hasBegun = false;
    const inner = () => {
      hasBegun = true;
      return this.#together(others, hold, work);
    };
    return hold(first, inner).catch((error) => {
      if (hasBegun) throw error;
      if (first.isGone !== true) throw this.#about(first, error);
      return inner();
    });
  }

  readonly #about: About = (live, error) => {
    const neighbour = this.#neighbours.find((each) => each.live === live);
    return neighbour === undefined ? error : inWindow(error, neighbour);
  };
}
