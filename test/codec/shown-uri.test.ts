import { expect, it } from 'vitest';
import { shownUri, withoutCredentials } from '../../src/codec/shown-uri.ts';

it.each([
  ['https://user:pw@h.example/a.wasm?token=x#y', 'https://h.example/a.wasm'],
  ['oci://u@h/a/b:1', 'oci://h/a/b:1'],
  ['https://u:p@w@h/a', 'https://h/a'],
  ['file:///a/b@c', 'file:///a/b@c'],
  ['https://u:p/w@h/a', 'https://h/a'],
  ['https://u:p?w@h/a', 'https://h/a'],
  ['https://u:p#w@h/a', 'https://h/a'],
  ['s3://AKIA:w/w@bucket/team:stable', 's3://bucket/team:stable'],
  ['azblob://account:k/w@c/p', 'azblob://c/p'],
  ['https://ada@h.example:p/w@h/a', 'https://h/a'],
  ['https://ada@h.example:8443/a@1', 'https://h.example:8443/a@1'],
  ['s3://AKIA:7/w@bucket/team:stable', 's3://bucket/team:stable'],
  ['s3://AKIA:/w@bucket', 's3://bucket'],
  ['s3://bucket:stable', 's3://bucket:stable'],
  ['https://h.example:8443/npm/@scope/a@1.2.wasm', 'https://h.example:8443/npm/@scope/a@1.2.wasm'],
  ['http://[::1]:80/a@b', 'http://[::1]:80/a@b'],
  ['oci://localhost:5000/a/b:1@sha256:00', 'oci://localhost:5000/a/b:1@sha256:00'],
  ['oci://h/a@sha256:00', 'oci://h/a@sha256:00'],
  ['inline', 'inline'],
])('%s without credentials is %s (F-3.5)', (uri, clean) => {
  expect(withoutCredentials(uri)).toBe(clean);
});

const digest = `sha256:${'a'.repeat(64)}`;

it.each([
  ['https://user:pw@h.example/a.wasm?token=x', 'https://h.example/a.wasm'],
  ['file:///srv/what?.wasm', 'file:///srv/what?.wasm'],
  [`oci://registry.example/owner/tool@${digest}`, `oci://registry.example/owner/tool@${digest}`],
  ['oci://user:pw@registry.example/owner/tool:1', 'oci://registry.example/owner/tool:1'],
])('the source %s is told as %s', (uri, told) => {
  expect(shownUri(uri)).toBe(told);
});
