// Compresses with zstd and inflates it, as streams: in frames small enough that any reader can hold one whole.
import { ByteReader } from './byte-reader.ts';
import { type ZstdEngine, zstdEngine } from './zstd-engine.ts';
import { zstdFrames } from './zstd-frame.ts';

/** The window of the usual level: with larger frames code is no smaller, and of the highest level by a hundredth. */
const FRAME_BYTES = 2 * 1024 * 1024;

/** Frames behind each other are one zstd stream. */
export async function* zstdCompressed(
  chunks: AsyncIterable<Uint8Array>,
  level: number,
  engine?: ZstdEngine,
): AsyncGenerator<Uint8Array> {
  const using = engine ?? (await zstdEngine());
  let last: Promise<Uint8Array> | null = null;
  for await (const content of inFrames(chunks)) {
    const frame = using.compress(content, level);
    frame.catch(() => undefined); // whoever waits for it gets the error
    if (last !== null) yield await last;
    last = frame;
  }
  if (last !== null) yield await last;
}

/** The contents of frames, at least one; each is valid until the one after the next is asked for. */
async function* inFrames(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const buffers = [Buffer.allocUnsafeSlow(FRAME_BYTES), Buffer.allocUnsafeSlow(FRAME_BYTES)];
  let filled = 0;
  let isAny = false;
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; ) {
      const piece = chunk.subarray(at, at + FRAME_BYTES - filled);
      buffers[0]!.set(piece, filled);
      at += piece.length;
      filled += piece.length;
      if (filled < FRAME_BYTES) continue;
      isAny = true;
      yield buffers[0]!;
      buffers.reverse();
      filled = 0;
    }
  }
  if (filled > 0 || !isAny) yield buffers[0]!.subarray(0, filled);
}

/** @throws FormatError FORMAT_INVALID, FORMAT_LIMIT_EXCEEDED; what `bytes` throws */
export async function* zstdInflated(
  bytes: AsyncIterable<Uint8Array>,
  engine?: ZstdEngine,
): AsyncGenerator<Uint8Array> {
  const reader = new ByteReader(bytes);
  const using = engine ?? (await zstdEngine());
  try {
    for await (const frame of zstdFrames(reader)) yield* using.inflate(frame);
  } finally {
    await reader.close();
  }
}
