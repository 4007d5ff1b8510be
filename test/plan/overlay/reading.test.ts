// What an overlay file may say, and with which words another is refused.
import { describe, expect, it } from 'vitest';
import { parseOverlay } from '../../../src/plan/overlay/reading.ts';
import { failing } from '../../fixtures/failing.ts';

const read = (text: string | Uint8Array) => parseOverlay(Buffer.from(text), '/etc/prod.yaml');

describe('an overlay file (F-21.1)', () => {
  it('says which directories are others, and what is left out', () => {
    const text = `# production
version: 1
map_dirs:
  /home/me/data/: /srv/data    # all below it, too
  "/home/me/my files": /srv//files
without:
  weather: [api.dev.example, "fs:///tmp"]
  notes:
    - DEBUG
`;
    expect(read(text)).toEqual({
      mapDirs: [
        { from: '/home/me/data', to: '/srv/data' },
        { from: '/home/me/my files', to: '/srv/files' },
      ],
      without: [
        { component_id: 'notes', entry: 'DEBUG' },
        { component_id: 'weather', entry: 'api.dev.example' },
        { component_id: 'weather', entry: 'fs:///tmp' },
      ],
    });
  });

  it.each([
    ['is empty', '', 1, /empty/, /.*/],
    ['is a list', '- a\n', 1, /not a mapping/, /map_dirs/],
    ['changes nothing', 'version: 1\nmap_dirs: {}\n', 1, /changes nothing/, /map_dirs/],
    [
      'has an unknown key',
      'version: 1\nmap_dir: { /a: /b }\n',
      2,
      /a key is unknown/,
      /did you mean "map_dirs"/,
    ],
    [
      'maps hosts',
      'version: 1\nmap_dirs: { /a: /b }\nhosts: { a: b }\n',
      3,
      /a key is unknown/,
      /the keys are: version, map_dirs, without/,
    ],
    ['has a key twice', 'version: 1\nmap_dirs:\n  /a: /b\n  /a: /c\n', 4, /a key occurs twice/, /remove/],
    [
      'has mappings in a list',
      'version: 1\nmap_dirs:\n  - from: /a\n',
      2,
      /"map_dirs" is not a mapping/,
      /map_dirs: {/,
    ],
    [
      'maps a relative directory',
      'version: 1\nmap_dirs:\n  /x: /y\n  data: /b\n',
      4,
      /not written from the root on/,
      /.*/,
    ],
    ['maps onto a relative one', 'version: 1\nmap_dirs:\n  /a: b\n', 3, /not written from the root on/, /.*/],
    ['maps through dots', 'version: 1\nmap_dirs:\n  /a/../b: /c\n', 3, /"\." or "\.\."/, /.*/],
    ['maps with an asterisk', 'version: 1\nmap_dirs:\n  /a: /b/*\n', 3, /asterisk/, /.*/],
    ['maps with what nobody sees', 'version: 1\nmap_dirs:\n  /a: "/b\\u200B"\n', 3, /invisible/, /.*/],
    ['maps onto nothing', 'version: 1\nmap_dirs:\n  /a:\n', 3, /not text/, /.*/],
    ['leaves out of no component', 'version: 1\nwithout: [a]\n', 2, /"without" is not a mapping/, /.*/],
    ['leaves out of what is no id', 'version: 1\nwithout:\n  a/b: [c]\n', 3, /no id of a component/, /.*/],
    ['leaves out what is no list', 'version: 1\nwithout:\n  a: b\n', 3, /not a list/, /.*/],
    ['leaves out a number', 'version: 1\nwithout:\n  a:\n    - b\n    - 7\n', 5, /not text/, /.*/],
    ['leaves out nothing', 'version: 1\nwithout:\n  a: []\n', 3, /a list is empty/, /.*/],
    ['is cut off', 'version: 1\nmap_dirs:\n  /a: /b', 3, /no end/, /line break/],
    ['has an alias', 'version: 1\nmap_dirs: &x\n  /a: /b\n', 2, /anchor/, /.*/],
  ])('that %s is refused with its line and a hint', (_what, text, line, message, hint) => {
    const refusal = failing('FORMAT_INVALID_OVERLAY', {
      message: expect.stringMatching(
        new RegExp(`^overlay /etc/prod\\.yaml line ${line}: .*${message.source}`),
      ),
      hint: expect.stringMatching(hint),
      details: { line },
    });
    expect(() => read(text)).toThrow(refusal as Error);
  });

  it('of another version is refused as such, whatever else it says', () => {
    for (const text of ['version: 2\nmore: x\n', 'more: x\nversion: "1"\n', 'map_dirs: { /a: /b }\n'])
      expect(() => read(text)).toThrow(failing('FORMAT_UNSUPPORTED_VERSION') as Error);
  });

  it('that is no text is refused', () => {
    expect(() => read(Buffer.from([0xff, 0x0a]))).toThrow(failing('FORMAT_INVALID_OVERLAY') as Error);
  });

  it('that maps a directory to itself is refused', () => {
    expect(() => read('version: 1\nmap_dirs:\n  /a: /a/\n')).toThrow(failing('USAGE_BAD_ARGUMENT') as Error);
  });
});
