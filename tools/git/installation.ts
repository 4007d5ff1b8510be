// Puts our driver into the settings of git, and takes it out again. What somebody else has set there stays.
import path from 'node:path';
import { quotedWhole } from '../../src/codec/safe-text.ts';
import { readSmallFile, writeDurably } from '../../src/disk/durable-file.ts';
import { ConflictError, StoreError } from '../../src/errors.ts';
import type { ConfigScope, Git } from './git.ts';
import { ATTRIBUTES, isOwnSetting } from './setup.ts';

const MOST_BYTES = 16 * 1024 * 1024;
/** Patterns are bytes to git: each is a character here, and the same byte again. */
const BYTES = 'latin1';

/** A setting before and after; null where it is not set. */
export interface SettingChange {
  key: string;
  old: string | null;
  now: string | null;
}

/**
 * What has to change so that git has `settings`; nothing for what is so already.
 * @throws ConflictError CONFLICT_OTHER_ENTRY where a value is there that is not ours, unless `force`
 */
export async function settingsToMake(
  git: Git,
  scope: ConfigScope,
  settings: ReadonlyMap<string, string>,
  force: boolean,
): Promise<SettingChange[]> {
  const changes: SettingChange[] = [];
  for (const [key, now] of settings) {
    const values = await git.valuesOf(scope, key);
    if (values.length === 1 && values[0] === now) continue;
    if (!force && !values.every((value) => isOwnSetting(key, value))) throw another(key, values);
    changes.push({ key, old: values.join(', ') || null, now });
  }
  return changes;
}

/** What has to change so that git has none of these settings; and which of them stay, since they are not ours. */
export async function settingsToDrop(
  git: Git,
  scope: ConfigScope,
  keys: Iterable<string>,
): Promise<{ changes: SettingChange[]; others: string[] }> {
  const changes: SettingChange[] = [];
  const others: string[] = [];
  for (const key of keys) {
    const values = await git.valuesOf(scope, key);
    if (values.length === 0) continue;
    if (values.every((value) => isOwnSetting(key, value)))
      changes.push({ key, old: values.join(', '), now: null });
    else others.push(...values.map((value) => `${key} = ${value}`));
  }
  return { changes, others };
}

export async function applySettings(
  git: Git,
  scope: ConfigScope,
  changes: readonly SettingChange[],
): Promise<void> {
  for (const { key, now } of changes)
    if (now === null) await git.run('config', `--${scope}`, '--unset-all', key);
    else await git.run('config', `--${scope}`, '--replace-all', key, now);
}

/** Says for which files the driver is; whether the line had to be added. */
export async function addAttributes(topLevel: string): Promise<boolean> {
  const text = await attributesIn(topLevel);
  if (linesOf(text).includes(ATTRIBUTES)) return false;
  const start = text === '' || text.endsWith('\n') ? text : `${text}\n`;
  await writeAttributes(topLevel, `${start}${ATTRIBUTES}\n`);
  return true;
}

/** Whether there was such a line. */
export async function removeAttributes(topLevel: string): Promise<boolean> {
  const text = await attributesIn(topLevel);
  if (!linesOf(text).includes(ATTRIBUTES)) return false;
  const left = text.split(/(?<=\n)/).filter((line) => line.replace(/\r?\n$/, '') !== ATTRIBUTES);
  await writeAttributes(topLevel, left.join(''));
  return true;
}

function attributesFile(topLevel: string): string {
  return path.join(topLevel, '.gitattributes');
}

async function attributesIn(topLevel: string): Promise<string> {
  try {
    return (await readSmallFile(attributesFile(topLevel), MOST_BYTES)).toString(BYTES);
  } catch (error) {
    if (error instanceof StoreError && error.code === 'STORE_NOT_FOUND') return '';
    throw error;
  }
}

async function writeAttributes(topLevel: string, text: string): Promise<void> {
  await writeDurably(attributesFile(topLevel), [Buffer.from(text, BYTES)], { replace: true, mode: 0o644 });
}

function linesOf(text: string): string[] {
  return text.split(/\r?\n/);
}

function another(key: string, values: readonly string[]): ConflictError {
  const found = values.map((value) => quotedWhole(value)).join(', ');
  return new ConflictError('CONFLICT_OTHER_ENTRY', `git has another value of ${key}: ${found}`, {
    hint: '--force replaces it',
    details: { key },
  });
}
