// `npm run bench`: measures our program beside what people would use instead, and prints the ratios. It never judges.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { again } from './again.ts';
import { compress } from './compress.ts';
import { type Figure, isWithinLimit, ratioOf, type Scenario } from './figure.ts';
import { forty } from './forty.ts';
import { large } from './large.ts';
import { many } from './many.ts';
import { places } from './places.ts';
import { stopAll } from './process.ts';
import { startup } from './startup.ts';
import { table } from './table.ts';
import { wrap } from './wrap.ts';

const SCENARIOS: Record<string, Scenario> = { startup, wrap, forty, compress, places, again, many, large };
const USAGE = `Usage: npm run bench -- [options]

  --quick            fewer repetitions, and no gigabytes
  --only <scenario>  ${Object.keys(SCENARIOS).join(', ')}; repeatable
  --json             print the figures as JSON`;

process.exitCode = await main();

async function main(): Promise<number> {
  const options = parseOptions();
  if (options === null) return 2;
  if (options.help) {
    console.log(USAGE);
    return 0;
  }
  const root = mkdtempSync(path.join(tmpdir(), 'wassette-state-bench-'));
  let isInterrupted = false;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      isInterrupted = true;
      stopAll();
    });
  }
  try {
    await measure(root, options);
    return 0;
  } catch (error) {
    if (isInterrupted) return 130;
    console.error(error instanceof Error ? error.message : error);
    return 1;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

interface Options {
  quick: boolean;
  only: string[];
  json: boolean;
  help: boolean;
}

/** Null after saying what is wrong. */
function parseOptions(): Options | null {
  try {
    const { values } = parseArgs({
      options: {
        quick: { type: 'boolean', default: false },
        only: { type: 'string', multiple: true, default: Object.keys(SCENARIOS) },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    const unknown = values.only.find((name) => !Object.hasOwn(SCENARIOS, name));
    if (unknown === undefined) return values;
    console.error(`There is no scenario "${unknown}".\n\n${USAGE}`);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
  }
  return null;
}

async function measure(root: string, { quick: isQuick, only, json }: Options): Promise<void> {
  const before = { node: process.version, cpus: cpus().length, load_before: load() };
  const figures: Figure[] = [];
  const notes: string[] = [];
  for (const [name, scenario] of Object.entries(SCENARIOS)) {
    if (!only.includes(name)) continue;
    console.error(`measuring ${name} …`);
    const folder = path.join(root, name);
    mkdirSync(folder);
    figures.push(...(await scenario({ root: folder, isQuick, note: (text) => notes.push(text) })));
    rmSync(folder, { recursive: true });
  }
  const machine = { ...before, load_after: load() };
  if (json) {
    const shown = figures.map((figure) => ({
      ...figure,
      ratio: ratioOf(figure),
      within: isWithinLimit(figure),
    }));
    console.log(JSON.stringify({ machine, quick: isQuick, figures: shown, notes }, null, 2));
    return;
  }
  const { node, cpus: count, load_before, load_after } = machine;
  console.log(`node ${node}, ${count} CPUs, load ${load_before} before and ${load_after} after\n`);
  console.log(table(figures));
  for (const text of notes) console.log(`note: ${text}`);
}

/** Processes that wanted to run during the last minute: above zero before the start, somebody else is measured too. */
function load(): number {
  return Math.round(loadavg()[0]! * 10) / 10;
}
