// Which settings of git are known as our own.
import { expect, it } from 'vitest';
import { isOwnSetting, settingsFor } from '../../../tools/git/setup.ts';

const DRIVER = 'merge.wassette-state.driver';

it('every setting is our own, wherever node and the program are or were', () => {
  for (const node of ['/usr/bin/node', "/it's here/100%A/node", ''])
    for (const program of ['/opt/cli.js', "/a' '/b' git c/cli.js", "'"])
      for (const [key, value] of settingsFor({ node, program })) expect(isOwnSetting(key, value)).toBe(true);
});

it('a setting of somebody else under the same name is not', () => {
  const own = settingsFor({ node: '/usr/bin/node', program: '/opt/cli.js' });
  const driver = own.get(DRIVER)!;
  for (const value of ['', 'other %A', `${driver}; more`, `env ${driver}`, driver.replace('%O', '%A')])
    expect(isOwnSetting(DRIVER, value)).toBe(false);
  expect(isOwnSetting('diff.wassette-state.textconv', driver)).toBe(false);
  expect(isOwnSetting('merge.other.driver', driver)).toBe(false);
});
