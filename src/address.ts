import { InputError } from './diagnostic.ts';

export const PAGE_SIZE = 0x1000n;

/** `value` rounded up to a multiple of `alignment`, a power of two. */
export const alignUp = (value: bigint, alignment: bigint): bigint => (value + alignment - 1n) & -alignment;

export const pageAlign = (value: bigint): bigint => alignUp(value, PAGE_SIZE);

/** Lower-case, unpadded hex, as the Jailhouse tools print addresses. */
export const hex = (value: bigint | number): string => `0x${value.toString(16)}`;

/** A half-open range of guest addresses. */
export interface AddressRange {
  start: bigint;
  size: bigint;
}

export const endOf = (range: AddressRange): bigint => range.start + range.size;

export const contains = (outer: AddressRange, inner: AddressRange): boolean =>
  outer.start <= inner.start && endOf(inner) <= endOf(outer);

export const overlaps = (a: AddressRange, b: AddressRange): boolean =>
  a.size > 0n && b.size > 0n && a.start < endOf(b) && b.start < endOf(a);

const UNITS = [
  ['G', 1n << 30n],
  ['M', 1n << 20n],
  ['K', 1n << 10n],
] as const;

/** A size for people, exact: `73 MiB`, `1 MiB + 512 bytes`, `300 bytes`. */
export function describeSize(size: bigint): string {
  for (const [unit, bytes] of UNITS) {
    if (size < bytes) continue;
    const rest = size % bytes;
    const whole = `${size / bytes} ${unit}iB`;
    return rest === 0n ? whole : `${whole} + ${describeSize(rest)}`;
  }
  return `${size} byte${size === 1n ? '' : 's'}`;
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
    throw new InputError('value/size', `'${text}' is no size or address`, {
      hint: 'write hex (0x100000), decimal (1048576) or a unit (1M; K, M and G are powers of 1024)',
    });
  }
  const [, hexDigits, digits, unit] = match;
  const scale = UNITS.find(([name]) => name === unit)?.[1] ?? 1n;
  const value = BigInt(hexDigits === undefined ? digits! : `0x${hexDigits}`) * scale;
  if (value >= 1n << 64n) throw new InputError('value/size', `'${text}' does not fit 64 bits`);
  return value;
}
