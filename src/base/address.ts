import { InputError } from './diagnostic.ts';

export const PAGE_SIZE = 0x1000n;

/** `value` rounded up to a multiple of `alignment`, a power of two. */
export const alignUp = (value: bigint, alignment: bigint): bigint => (value + alignment - 1n) & -alignment;

export const pageAlign = (value: bigint): bigint => alignUp(value, PAGE_SIZE);

export const isPowerOfTwo = (value: bigint): boolean => value > 0n && (value & (value - 1n)) === 0n;

/** Lower-case, unpadded hex, as the Jailhouse tools print addresses. */
export const hex = (value: bigint | number): string => `0x${value.toString(16)}`;

const UNITS = [
  ['G', 1n << 30n],
  ['M', 1n << 20n],
  ['K', 1n << 10n],
] as const;

const inBytes = (size: bigint): string => `${size} byte${size === 1n ? '' : 's'}`;

/** A size at a glance, to two decimals: `73 MiB`, `1.36 MiB`, `300 bytes`. */
export function roundSize(size: bigint): string {
  const unit = UNITS.find(([, bytes]) => size >= bytes);
  if (unit === undefined) return inBytes(size);
  const [name, bytes] = unit;
  const hundredths = (size * 100n) / bytes;
  const decimals = String(hundredths % 100n)
    .padStart(2, '0')
    .replace(/0+$/, '');
  return `${hundredths / 100n}${decimals === '' ? '' : `.${decimals}`} ${name}iB`;
}

/** A size for people, exact: `73 MiB`, `13.75 MiB`, `1.36 MiB (1430528 bytes)`, `300 bytes`. */
export function describeSize(size: bigint): string {
  const bytes = UNITS.find(([, unit]) => size >= unit)?.[1] ?? 1n;
  const isExact = (size * 100n) % bytes === 0n;
  return isExact ? roundSize(size) : `${roundSize(size)} (${inBytes(size)})`;
}

const SIZE = /^(?:0[xX]([0-9a-fA-F]+)|([0-9]+))([KMG])?$/;

/**
 * An address or a size as people write it: `0x100000`, `1048576`, `1M` (K, M, G are powers of 1024).
 *
 * @throws InputError `value/size` for anything else, or beyond 64 bits
 */
export function parseSize(text: string): bigint {
  const match = SIZE.exec(text);
  if (!match) {
    throw new InputError('value/size', `'${text}' is not a size or an address`, {
      fix: 'write hex (0x100000), decimal (1048576) or a unit (1M; K, M and G are powers of 1024)',
    });
  }
  const [, hexDigits, digits, unit] = match;
  const scale = UNITS.find(([name]) => name === unit)?.[1] ?? 1n;
  const value = BigInt(hexDigits === undefined ? digits! : `0x${hexDigits}`) * scale;
  if (value >= 1n << 64n) throw new InputError('value/size', `'${text}' does not fit 64 bits`);
  return value;
}
