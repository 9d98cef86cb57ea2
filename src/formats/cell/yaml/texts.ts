import { hex, parseSize } from '../../../base/address.ts';
import { diagnosticOf } from '../../../base/diagnostic.ts';
import { describeRuns, type Run } from '../../../base/runs.ts';

/** A text that cannot be what it is meant to be: what is wrong (behind "`key`"), and what to write. */
export class TextError extends Error {
  override readonly name = 'TextError';
  readonly fix: string;

  constructor(message: string, fix: string) {
    super(message);
    this.fix = fix;
  }
}

const UNITS = [
  ['G', 1n << 30n],
  ['M', 1n << 20n],
  ['K', 1n << 10n],
] as const;

/** `64M`, `4K`; hex where it is no whole number of them. */
export function formatSize(size: bigint): string {
  if (size === 0n) return '0';
  const unit = UNITS.find(([, bytes]) => size % bytes === 0n);
  return unit ? `${size / unit[1]}${unit[0]}` : hex(size);
}

/** `0x10`, `16`, `16K`. @throws TextError */
export function parseNumber(text: string, bits: number): bigint {
  let value: bigint;
  try {
    value = parseSize(text);
  } catch (error) {
    const { fix } = diagnosticOf(error);
    // Nothing can be said of a number that is too large, but how large it may be.
    throw fix === undefined ? tooLarge(text, bits) : new TextError(`cannot be \`${text}\``, fix);
  }
  if (value >= 1n << BigInt(bits)) throw tooLarge(text, bits);
  return value;
}

const tooLarge = (text: string, bits: number): TextError =>
  new TextError(
    `cannot be \`${text}\`: it does not fit ${bits} bits`,
    `the largest value is ${hex((1n << BigInt(bits)) - 1n)}`,
  );

const rangeEnd = (text: string, limit: number, what: string): number => {
  const value = parseNumber(text, 64);
  if (value >= BigInt(limit)) {
    throw new TextError(`has ${what} ${text}`, `the highest is ${limit - 1}`);
  }
  return Number(value);
};

const RANGE = /^\s*((?:0x[0-9a-f]+|[0-9]+)[KMG]?)(?:\s*-\s*((?:0x[0-9a-f]+|[0-9]+)[KMG]?))?\s*$/i;

/**
 * `0`, `2-3`, `0,2-3`.
 *
 * @param limit what all numbers are below
 * @param forms what to write instead of what is none of these
 * @throws TextError
 */
export function parseRanges(
  text: string,
  limit: number,
  what: string,
  forms = 'write numbers and ranges: `2-3`, `0,2-3`',
): Run[] {
  return text.split(',').map((part) => {
    const match = RANGE.exec(part);
    if (!match) throw new TextError(`cannot be \`${text}\``, forms);
    const first = rangeEnd(match[1]!, limit, what);
    const last = match[2] === undefined ? first : rangeEnd(match[2], limit, what);
    if (last < first) {
      throw new TextError(`has the range \`${part.trim()}\`, which ends before it begins`, 'swap its ends');
    }
    return [first, last];
  });
}

const BDF = /^(?:([0-9a-f]{1,4}):)?([0-9a-f]{1,2}):([0-9a-f]{1,2})\.([0-7])$/i;

export interface PciAddress {
  domain: number;
  bdf: number;
}

/** `01:0c.0`, `0001:01:0c.0`: bus, device and function, the domain in front. @throws TextError */
export function parsePciAddress(text: string): PciAddress {
  const [, domain = '0', bus, device, fn] = BDF.exec(text) ?? [];
  const slot = Number.parseInt(device ?? '', 16);
  if (bus === undefined || Number.isNaN(slot) || slot > 0x1f) {
    throw new TextError(
      `cannot be \`${text}\``,
      'write bus, device (up to 1f) and function (up to 7) as lspci does: `01:0c.0`, or `0001:01:0c.0` with a domain',
    );
  }
  return {
    domain: Number.parseInt(domain, 16),
    bdf: (Number.parseInt(bus, 16) << 8) | (slot << 3) | Number(fn),
  };
}

/** Bits of the largest port bitmap that is read. */
const MOST_PORTS = 1 << 27;

/** More than any config file that is read. */
const MOST_BYTES = 1 << 24;
/** Runs of one byte that are shorter stay as they are. */
const SHORTEST_RUN = 16;

/** `00 1f2e`, `00*56`: hex digits in pairs, with a count for repeated bytes. @throws TextError */
export function parseBytes(text: string): Uint8Array {
  const out: number[] = [];
  for (const word of text.split(/\s+/).filter((part) => part !== '')) {
    const match = /^((?:[0-9a-f]{2})+)(?:\*([0-9]{1,9}))?$/i.exec(word);
    if (!match || (match[2] !== undefined && match[1]!.length !== 2)) {
      throw new TextError(
        `cannot be \`${word.length > 40 ? `${word.slice(0, 40)}…` : word}\``,
        'write bytes as pairs of hex digits, `00 1f2e`; `00*56` is 56 zero bytes',
      );
    }
    const count = Number(match[2] ?? 1);
    if (out.length + count > MOST_BYTES)
      throw new TextError('has too many bytes', `at most ${MOST_BYTES} are allowed`);
    const bytes = match[1]!.match(/../g)!.map((pair) => Number.parseInt(pair, 16));
    for (let turn = 0; turn < count; turn++) for (const byte of bytes) out.push(byte);
  }
  return Uint8Array.from(out);
}

export function formatBytes(bytes: Uint8Array): string {
  const words: string[] = [];
  let digits = '';
  for (let at = 0; at < bytes.length;) {
    let end = at + 1;
    while (end < bytes.length && bytes[end] === bytes[at]) end++;
    const pair = bytes[at]!.toString(16).padStart(2, '0');
    if (end - at >= SHORTEST_RUN) {
      if (digits !== '') words.push(digits);
      digits = '';
      words.push(`${pair}*${end - at}`);
    } else {
      digits += pair.repeat(end - at);
    }
    at = end;
  }
  return [...words, ...(digits === '' ? [] : [digits])].join(' ');
}

/** One entry of a port list; up to revision 10 ports are bits, and their number may go beyond 16 bits. */
export interface PortRange {
  base: number;
  length: number;
}

/** `0x60`, `0x3f8-0x3ff`, or `0x3f8+8`: base and length. @throws TextError */
export function parsePorts(text: string): PortRange {
  const sum = /^(\w+)\+(\w+)$/.exec(text);
  if (sum) {
    return { base: Number(parseNumber(sum[1]!, 16)), length: Number(parseNumber(sum[2]!, 16)) };
  }
  const found = parseRanges(text, MOST_PORTS, 'the port', 'write ports in hex, `0x60` or `0x3f8-0x3ff`');
  if (found.length !== 1)
    throw new TextError(`cannot be \`${text}\``, 'write each range as an item of its own');
  const [[first, last]] = found as [Run];
  return { base: first, length: last - first + 1 };
}

export const formatPorts = ({ base, length }: PortRange): string =>
  length === 0 ? `${hex(base)}+0` : describeRuns([[base, base + length - 1]], hex);
