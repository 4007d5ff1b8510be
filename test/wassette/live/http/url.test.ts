import { describe, expect, it } from 'vitest';
import { openHttpClient } from '../../../../src/wassette/live/http/client.ts';
import { failing } from '../../../fixtures/failing.ts';
import { sendResult, serve } from '../../../fixtures/servers/http-server.ts';
import { open, unreachable } from './opened.ts';

describe('the address of a Wassette', () => {
  it.each([
    '10.0.0.1',
    '0.0.0.0',
    '169.254.169.254',
    '[::2]',
    'example.com',
    '127.0.0.1.example.com',
    'localhost.',
  ])('of another machine, %s, is refused unless it is allowed', async (host) => {
    await expect(open(`http://${host}:9001`)).rejects.toThrow(failing('POLICY_OUTSIDE_FENCE'));
  });

  it.each(['127.0.0.1', '127.1', '[::1]', '[::ffff:127.0.0.1]', 'localhost', 'LOCALHOST'])(
    'may be of this machine: %s',
    async (host) => {
      await expect(open(`http://${host}:1`)).rejects.toThrow(failing('STORE_UNREACHABLE'));
    },
  );

  it('may be of any machine where that is allowed', async () => {
    const refused = openHttpClient('http://name.invalid:9001', { allowRemote: true });
    await expect(refused).rejects.toThrow(
      unreachable(/cannot be reached, or the connection broke \((ENOTFOUND|EAI_AGAIN)\)/),
    );
  });

  it.each([
    '',
    'localhost:9001',
    'ftp://localhost',
    'http://user:hunter2@localhost',
    'http://localhost/?key=hunter2',
    'http://localhost/#hunter2',
  ])('that is none, "%s", is refused and a secret in it not repeated', async (url) => {
    const error = await open(url).catch((caught) => caught);
    expect(error).toMatchObject({ name: 'UsageError', code: 'USAGE_BAD_ARGUMENT' });
    expect(JSON.stringify(error)).not.toContain('hunter2');
  });

  it('with a path is taken as it is', async () => {
    const paths: string[] = [];
    const url = await serve((received, response) => {
      paths.push(received.path);
      sendResult(response, received, { supportedVersions: ['2026-07-28'] });
    });
    await open(`${url}/tools/mcp`);
    expect(paths).toEqual(['/tools/mcp']);
  });
});
