import { describe, expect, it } from 'vitest';
import { withoutSecrets } from '../../src/errors/foreign-text.ts';

describe('what another program printed', () => {
  it.each([
    [
      'cannot get https://me:hunter2@host.example/x?token=hunter2#x now',
      'cannot get https://host.example/x?… now',
    ],
    ["got 'https://me:a'b@host.example/x?b'c' now", "got 'https://host.example/x?… now"],
    ["https://me:hunt/er2@h/x, then 's3://me:hu/nt@b/p'", "https://h/x, then 's3://b/p'"],
    ['PASSWORD="hunter2\\"hunter2"', 'PASSWORD=…'],
    ['DB_PASSWORD=hunter2 PORT=80', 'DB_PASSWORD=… PORT=80'],
    ['{"api_key": "hunter2 hunter2", "level": 30}', '{"api_key": …, "level": 30}'],
    ["secret: 'hun ter2'", 'secret: …'],
    ['Authorization: Bearer hunter2', 'Authorization: Bearer …'],
    ['password hunter2', 'password …'],
    ['-----BEGIN RSA PRIVATE KEY----- MIIhunter2', '…'],
    ['key ghp_16C7e42F292c6912E7710c838347Ae178B4a used', 'key … used'],
    ['MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7', '…'],
  ])('%j is shown as %j', (text, shown) => {
    expect(withoutSecrets(text)).toBe(shown);
  });

  it.each([
    'usage: wassette TAPE',
    'thread main panicked at src/main.rs:10:5: no such file',
    `${'x'.repeat(1000)}`,
    'Error: canary-body in https://host.example/tool.wasm',
  ])('%j is shown as it is', (text) => {
    expect(withoutSecrets(text)).toBe(text);
  });

  it('is read in time that its length bounds', () => {
    const text = 'token'.repeat(2000) + 'a1'.repeat(4000);
    expect(withoutSecrets(text).length).toBeLessThan(text.length);
  });
});
