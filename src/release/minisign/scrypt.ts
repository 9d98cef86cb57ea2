import { scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { InputError } from '../../base/diagnostic.ts';

const scryptAsync = promisify<Uint8Array, Uint8Array, number, object, Buffer>(scrypt);

/** What it costs to try a password, as libsodium counts it. */
export interface Cost {
  operations: bigint;
  /** Bytes. */
  memory: bigint;
}

/** minisign's own, and the most that it writes: 1 GiB. */
export const SENSITIVE: Cost = { operations: 1n << 25n, memory: 1n << 30n };

const BLOCK_SIZE = 8;
/** Each of the N blocks has so many bytes. */
const UNIT = 128 * BLOCK_SIZE;
const FEWEST_OPERATIONS = 32_768;

/** The largest power of two that is not above `limit`, and at least 2. */
const powerOfTwo = (limit: number): number => 2 ** Math.max(1, Math.floor(Math.log2(limit)));

/** scrypt's N and p, as libsodium's `crypto_pwhash_scryptsalsa208sha256` derives them from a cost. */
export function scryptParameters(cost: Cost): { N: number; p: number } {
  const operations = Math.max(FEWEST_OPERATIONS, Number(cost.operations));
  const memory = Number(cost.memory);
  if (operations < memory / 32) return { N: powerOfTwo(operations / (4 * BLOCK_SIZE)), p: 1 };
  const N = powerOfTwo(memory / UNIT);
  return { N, p: Math.max(1, Math.floor(operations / 4 / N / BLOCK_SIZE)) };
}

/** @throws InputError `key/format` for a cost beyond minisign's, `key/memory` where there is not so much */
export async function stretched(
  password: Uint8Array,
  salt: Uint8Array,
  size: number,
  cost: Cost,
): Promise<Uint8Array> {
  if (cost.operations > SENSITIVE.operations || cost.memory > SENSITIVE.memory) {
    throw new InputError(
      'key/format',
      'the secret key asks for more memory or time than minisign ever does',
      {
        fix: 'make a new key: jailhouse-bundle keygen',
      },
    );
  }
  const { N, p } = scryptParameters(cost);
  try {
    return await scryptAsync(password, salt, size, {
      N,
      r: BLOCK_SIZE,
      p,
      maxmem: (N + p + 2) * UNIT + (1 << 20),
    });
  } catch {
    const need = Math.ceil((N * UNIT) / (1 << 20));
    throw new InputError(
      'key/memory',
      `the password of the secret key takes ${need} MiB of memory to check`,
      {
        fix: 'run this where there is so much, or use a key without a password (minisign -C -W)',
      },
    );
  }
}
