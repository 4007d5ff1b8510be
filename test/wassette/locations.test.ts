import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { realPathAsFarAsItExists, resolveLocations } from '../../src/wassette/locations.ts';
import { failing } from '../fixtures/failing.ts';
import { temporary, withConfig } from '../fixtures/wassette/config.ts';

describe('where a host keeps things', () => {
  it('is where Wassette keeps it: XDG folders, else those below the home directory', async () => {
    const root = temporary();
    expect(await resolveLocations({}, { HOME: root })).toMatchObject({
      componentDir: `${root}/.local/share/wassette/components`,
      secretsDir: `${root}/.config/wassette/secrets`,
      stateDir: `${root}/.local/state/wassette-state`,
    });
    const xdg = {
      HOME: '/x',
      XDG_DATA_HOME: `${root}/d`,
      XDG_CONFIG_HOME: `${root}/c`,
      XDG_STATE_HOME: `${root}/s`,
    };
    expect(await resolveLocations({}, xdg)).toMatchObject({
      componentDir: `${root}/d/wassette/components`,
      secretsDir: `${root}/c/wassette/secrets`,
      stateDir: `${root}/s/wassette-state`,
    });
  });

  it('follows flag before variable before config.toml before default', async () => {
    const root = temporary();
    const config = withConfig(root, `component_dir = "${root}/config-c"\nsecrets_dir = "${root}/config-s"\n`);
    const env = { HOME: root, WASSETTE_CONFIG_FILE: config };
    expect(await resolveLocations({}, env)).toMatchObject({
      componentDir: `${root}/config-c`,
      secretsDir: `${root}/config-s`,
    });
    const variables = {
      ...env,
      WASSETTE_COMPONENT_DIR: `${root}/var-c`,
      WASSETTE_SECRETS_DIR: `${root}/var-s`,
    };
    expect(await resolveLocations({}, variables)).toMatchObject({
      componentDir: `${root}/var-c`,
      secretsDir: `${root}/var-s`,
    });
    const flags = {
      componentDir: `${root}/flag-c`,
      secretsDir: `${root}/flag-s`,
      stateDir: `${root}/flag-t`,
    };
    expect(await resolveLocations(flags, variables)).toMatchObject(flags);
  });

  it('takes an empty variable for one that is not set', async () => {
    const root = temporary();
    const env = { HOME: root, XDG_DATA_HOME: '', WASSETTE_COMPONENT_DIR: '', WASSETTE_SECRETS_DIR: '' };
    expect((await resolveLocations({}, env)).componentDir).toBe(`${root}/.local/share/wassette/components`);
  });

  it('reads config.toml where Wassette does, and the variables it hands out', async () => {
    const root = temporary();
    mkdirSync(`${root}/.config/wassette`, { recursive: true });
    writeFileSync(
      `${root}/.config/wassette/config.toml`,
      `component_dir = "${root}/c"\n[environment_vars]\nFROM_CONFIG = "x"\n`,
    );
    const locations = await resolveLocations({}, { HOME: root, FROM_PROCESS: '1' });
    expect(locations.componentDir).toBe(`${root}/c`);
    expect([...locations.environment].sort()).toEqual(['FROM_CONFIG', 'FROM_PROCESS', 'HOME']);
  });

  it('goes on without a config.toml, and never quotes a broken one', async () => {
    const root = temporary();
    const missing = { HOME: root, WASSETTE_CONFIG_FILE: `${root}/none.toml` };
    await expect(resolveLocations({}, missing)).resolves.toBeDefined();
    const env = {
      HOME: root,
      WASSETTE_CONFIG_FILE: withConfig(root, '[environment_vars]\nTOKEN = hunter2\n'),
    };
    const failure = await resolveLocations({}, env).catch((error) => error);
    expect(failure).toEqual(failing('USAGE_BAD_ARGUMENT'));
    expect(`${failure.message}${JSON.stringify(failure)}${failure.cause}`).not.toContain('hunter2');
  });

  it('resolves links, as far as the path exists', async () => {
    const root = temporary();
    mkdirSync(`${root}/real`);
    symlinkSync('real', `${root}/link`);
    const { componentDir } = await resolveLocations({ componentDir: `${root}/link/not/yet` }, { HOME: root });
    expect(componentDir).toBe(`${root}/real/not/yet`);
    expect(realPathAsFarAsItExists('/')).toBe('/');
    expect(realPathAsFarAsItExists(`${root}/link/../real`)).toBe(`${root}/real`);
  });
});
