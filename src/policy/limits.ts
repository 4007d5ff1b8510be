// The resources section: CPU, memory and I/O limits, made comparable.
import { YamlProblem } from '../codec/yaml/problem.ts';
import type { YamlScalar } from '../codec/yaml/reader.ts';
import { decimalValue, scalarValue, unsignedValue } from '../codec/yaml/scalars.ts';

const MEBIBYTE = 1024n ** 2n;
const UNITS: Record<string, bigint> = { '': 1n, Ki: 1024n, Mi: MEBIBYTE, Gi: 1024n ** 3n, Ti: 1024n ** 4n };

/** `limits.cpu`: cores as a number or text, or text with "m" for millicores. @throws YamlProblem */
export function cpuLimit(scalar: YamlScalar): number {
  const value = scalarValue(scalar);
  if (typeof value === 'bigint') return millicores(safe(value, scalar) * 1000, scalar);
  if (typeof value === 'number') return millicores(value * 1000, scalar);
  const text = typeof value === 'string' ? value : '';
  const number = decimalValue(text.replace(/m$/, ''));
  if (number === null) throw problem(scalar, 'a CPU limit is not a number of cores or millicores', '"500m"');
  return millicores(text.endsWith('m') ? number : number * 1000, scalar);
}

/** The legacy `cpu`: cores. @throws YamlProblem */
export function legacyCpuLimit(scalar: YamlScalar): number {
  const cores = scalar.plain ? decimalValue(scalar.text) : null;
  if (cores === null) throw problem(scalar, 'the legacy cpu limit is not a number', '1.5');
  return millicores(cores * 1000, scalar);
}

/** `limits.memory`: text in bytes or with a unit, or a number of mebibytes. @throws YamlProblem */
export function memoryLimit(scalar: YamlScalar): number {
  const value = scalarValue(scalar);
  if (value === 0n) throw problem(scalar, 'a memory limit is zero', '"512Mi"');
  if (typeof value === 'bigint' && value > 0n) return safe(value * MEBIBYTE, scalar);
  const parts = typeof value === 'string' ? /^\+?([0-9]+)(Ki|Mi|Gi|Ti|)$/.exec(value) : null;
  if (parts === null) throw problem(scalar, 'a memory limit is not an amount of memory', '"512Mi"');
  const amount = BigInt(parts[1]!);
  if (amount === 0n) throw problem(scalar, 'a memory limit is zero', '"512Mi"');
  return safe(amount * UNITS[parts[2]!]!, scalar);
}

/** The legacy `memory`: mebibytes. @throws YamlProblem */
export function legacyMemoryLimit(scalar: YamlScalar): number {
  const amount = unsignedValue(scalar);
  if (amount === null)
    throw problem(scalar, 'the legacy memory limit is not a whole number', '512 for 512 MiB');
  return safe(amount * MEBIBYTE, scalar);
}

/** @throws YamlProblem */
export function ioLimit(scalar: YamlScalar): number {
  const amount = unsignedValue(scalar);
  if (amount === null) throw problem(scalar, 'the io limit is not a whole number', '1000');
  return safe(amount, scalar);
}

function millicores(amount: number, scalar: YamlScalar): number {
  if (amount < 0) throw problem(scalar, 'a CPU limit is negative', '"500m"');
  // Wassette takes infinity and NaN; neither is a limit that anybody could review.
  if (!Number.isFinite(amount)) throw problem(scalar, 'a CPU limit is not a finite number', '"500m"');
  return amount === 0 ? 0 : amount;
}

function safe(amount: bigint, scalar: YamlScalar): number {
  // Wassette goes to 2^64 and wraps the legacy field there; nothing real is near.
  if (amount > BigInt(Number.MAX_SAFE_INTEGER)) throw problem(scalar, 'a limit is too large', '"64Gi"');
  return Number(amount);
}

function problem(scalar: YamlScalar, message: string, example: string): YamlProblem {
  return new YamlProblem(scalar.line, message, `write, for example, ${example}`);
}
