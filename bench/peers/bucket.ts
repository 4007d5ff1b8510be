// A server that speaks as S3 does, and a program that moves files with nothing but the vendor's client.
import { startS3 } from '../../test/fixtures/servers/buckets/s3.ts';
import type { Remote } from '../places.ts';
import { secondsOfProgram } from '../process.ts';
import { built } from './built.ts';

const BUCKET = 'bench';
const PEER = `
  import { createWriteStream } from 'node:fs';
  import { readdir, readFile } from 'node:fs/promises';
  import path from 'node:path';
    import { pipeline } from 'node:stream/promises';
  import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
  const [what, directory, Bucket, folder] = process.argv.slice(2);
  const client = new S3Client({ forcePathStyle: true });
  async function kept() {
    const { Contents } = await client.send(new ListObjectsV2Command({ Bucket, Prefix: folder + '/' }));
    return Contents.map(({ Key }) => path.basename(Key));
  }
  async function push(name) {
    const Body = await readFile(path.join(directory, name));
    await client.send(new PutObjectCommand({ Bucket, Key: folder + '/' + name, Body }));
  }
  async function pull(name) {
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: folder + '/' + name }));
    await pipeline(Body, createWriteStream(path.join(directory, name)));
  }
  const names = what === 'push' ? (await readdir(directory)).filter((name) => name.endsWith('.wasm')) : await kept();
  const work = what === 'push' ? push : pull;
  const worker = async () => {
    for (let name = names.pop(); name !== undefined; name = names.pop()) await work(name);
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  client.destroy();
`;

export class Bucket implements Remote {
  readonly noun = 'bucket';
  readonly port: number;

  private constructor(
    private readonly peer: string,
    private readonly variables: Record<string, string>,
    origin: string,
    readonly stop: () => Promise<void>,
  ) {
    this.port = Number(new URL(origin).port);
  }

  static async start(this: void, root: string): Promise<Bucket> {
    const peer = await built(root, 'bucket-peer', PEER);
    const server = await startS3();
    await server.makeBucket(BUCKET);
    return new Bucket(peer, server.env, server.origin, () => server.stop());
  }

  env(port: number): Record<string, string> {
    const quiet = { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' };
    return { ...this.variables, ...quiet, AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${port}` };
  }

  reference(_port: number, folder: string, name: string): string {
    return `s3://${BUCKET}/${folder}:${name}`;
  }

  push(directory: string, folder: string): Promise<number> {
    return this.#run('push', directory, folder);
  }

  pull(folder: string, directory: string): Promise<number> {
    return this.#run('pull', directory, folder);
  }

  #run(what: string, directory: string, folder: string): Promise<number> {
    const args = [this.peer, what, directory, BUCKET, folder];
    return secondsOfProgram(process.execPath, args, { env: this.env(this.port) });
  }
}
