import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { componentDirOf, locationsOfWrapped } from '../../src/wassette/command-locations.ts';
import { temporary, withConfig } from '../fixtures/wassette/config.ts';

describe('the variables of a wrapped Wassette', () => {
  it('are those of its flags and of its files', async () => {
    const root = temporary();
    writeFileSync(`${root}/env`, 'CITY=Oslo\n# NOT=this\nexport LAKE = "x"\nodd line\n');
    const args = ['run', '--env', 'ONE=1', '--env-file', `${root}/env`, '--env-file=/nowhere'];
    expect((await locationsOfWrapped(args, { HOME: root })).environment).toEqual(['ONE', 'CITY', 'LAKE']);
  });
});

describe('the component directory of a running Wassette', () => {
  it('comes from its flag, in each spelling, relative to where it runs', async () => {
    const root = temporary();
    for (const args of [
      ['run', '--component-dir', 'c'],
      ['run', '--component-dir=c'],
      ['--plugin-dir', 'c', 'serve'],
      ['run', '--component-dir', 'x', '--component-dir', 'c'],
    ])
      expect(await componentDirOf(args, { WASSETTE_COMPONENT_DIR: '/other' }, root)).toBe(`${root}/c`);
  });

  it('comes from its variables, its config.toml, or the default', async () => {
    const root = temporary();
    const config = withConfig(root, 'component_dir = "from-config"\n');
    expect(await componentDirOf(['run'], { WASSETTE_COMPONENT_DIR: 'v' }, root)).toBe(`${root}/v`);
    // Which Wassette 0.4 and 0.8 do not look at.
    const plugins = { WASSETTE_PLUGIN_DIR: 'p', HOME: root };
    expect(await componentDirOf(['run'], plugins, '/')).toBe(`${root}/.local/share/wassette/components`);
    expect(await componentDirOf(['run'], { WASSETTE_CONFIG_FILE: config }, root)).toBe(`${root}/from-config`);
    expect(await componentDirOf(['run'], { HOME: root }, '/')).toBe(
      `${root}/.local/share/wassette/components`,
    );
  });
});
