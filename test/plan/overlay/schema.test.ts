// The published JSON Schema is the one in the code, and takes what is read. UPDATE=1 writes it anew.
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import * as z from 'zod';
import { OverlaySchema, parseOverlay } from '../../../src/plan/overlay/reading.ts';

const FILE = new URL('../../../overlay.schema.json', import.meta.url);
const isTaken = (text: string) =>
  z.fromJSONSchema(JSON.parse(readFileSync(FILE, 'utf8'))).safeParse(parseYaml(text)).success;
const read = (text: string) => parseOverlay(Buffer.from(text), 'prod.yaml');

describe('overlay.schema.json (F-21.1)', () => {
  it('is generated from the schema that reads overlays', () => {
    const schema = {
      title: 'wassette-state overlay, version 1',
      $comment: 'Generated from src/plan/overlay/reading.ts. FORMAT.md, F-21, is normative.',
      ...z.toJSONSchema(OverlaySchema, { target: 'draft-2020-12' }),
    };
    if (process.env.UPDATE) writeFileSync(FILE, `${JSON.stringify(schema, null, 2)}\n`);
    expect(JSON.parse(readFileSync(FILE, 'utf8'))).toEqual(schema);
    expect(JSON.stringify(schema)).toContain('"map_dirs"'); // an empty schema would pass for anything
  });

  it.each([
    'version: 1\nmap_dirs: { /home/me/data: /srv/data }\n',
    'version: 1\nwithout: { weather: [api.dev.example, "fs:///tmp"] }\n',
    'version: 1\nmap_dirs: { /a: /b, "/a b": / }\nwithout: { "my tool": [KEY] }\n',
  ])('takes what is read: %j', (text) => {
    expect(read(text)).toBeDefined();
    expect(isTaken(text)).toBe(true);
  });

  it.each([
    'version: 2\nmap_dirs: { /a: /b }\n',
    'map_dirs: { /a: /b }\n',
    'version: 1\nmap_dirs: { a: /b }\n',
    'version: 1\nmap_dirs: { /a: b }\n',
    'version: 1\nmap_dirs: { "/a/*": /b }\n',
    'version: 1\nmap_dirs: [/a]\n',
    'version: 1\nwithout: { weather: api.example }\n',
    'version: 1\nwithout: { weather: [] }\n',
    'version: 1\nwithout: { "../x": [a] }\n',
    'version: 1\nmap_hosts: { a: b }\n',
  ])('refuses what is not: %j', (text) => {
    expect(() => read(text)).toThrow();
    expect(isTaken(text)).toBe(false);
  });
});
