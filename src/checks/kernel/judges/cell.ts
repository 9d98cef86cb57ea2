import { describeRange, holds } from '../../../base/ranges.ts';
import { hex, isPowerOfTwo } from '../../../base/address.ts';
import { cpusOf } from '../../../formats/cell/resources.ts';
import { ramRanges } from '../../../formats/cell/memory.ts';
import { PROTOCOL } from '../../../formats/kernel/bzimage.ts';
import {
  describeSymbol,
  isSetTo,
  isTurnedOff,
  isUnstated,
  numberOf,
  type KernelConfig,
} from '../../../formats/kernel/kconfig.ts';
import type { KernelFacts } from '../evidence.ts';
import type { Breach } from '../rule.ts';
import { protocolsOf } from '../cell-traits.ts';
import { lackSymbols } from './symbols.ts';

/** Without SMP the kernel uses one CPU, which is a rule of its own. */
export function judgeCpuLimit({ config, cell }: KernelFacts): Breach | null {
  if (!config || !cell || !isSetTo(config, 'SMP', 'y')) return null;
  const limit = numberOf(config, 'NR_CPUS');
  const count = cpusOf(cell.config).length;
  if (limit === null || limit >= count) return null;
  return {
    message: `the cell has ${count} CPUs, the kernel uses ${limit}`,
    requested: `CONFIG_NR_CPUS=${count} or more`,
    actual: describeSymbol(config, 'NR_CPUS'),
    about: 'config',
    symbol: 'NR_CPUS',
    fixSymbols: [{ symbol: 'NR_CPUS', value: `${count}` }],
  };
}

/** What drives the devices behind virtio over shared memory, by their names in the protocol's number. */
const VIRTIO_DRIVERS: Readonly<Record<string, string>> = {
  'virtio_front:net': 'VIRTIO_NET',
  'virtio_front:block': 'VIRTIO_BLK',
  'virtio_front:console': 'VIRTIO_CONSOLE',
};

export function judgeVirtio({ config, cell }: KernelFacts): Breach | null {
  if (!config || !cell) return null;
  const fronts = protocolsOf(cell.config).filter((name) => name.startsWith('virtio_front'));
  if (fronts.length === 0) return null;
  const drivers = fronts.flatMap((name) => VIRTIO_DRIVERS[name] ?? []);
  const wanted = [...new Set(['VIRTIO_IVSHMEM', ...drivers])];
  const lacking = wanted.filter((symbol) => isSetTo(config, symbol, 'n') && !isUnstated(config, symbol));
  if (lacking.length === 0) return null;
  const breach = lackSymbols(config, lacking);
  return { message: breach.actual, ...breach };
}

/** LOAD_PHYSICAL_ADDR of Linux, arch/x86/include/asm/boot.h. */
function configuredStart(config: KernelConfig): bigint | null {
  const start = numberOf(config, 'PHYSICAL_START');
  const alignment = numberOf(config, 'PHYSICAL_ALIGN') ?? 1n;
  if (start === null || alignment <= 0n) return start;
  return ((start + alignment - 1n) / alignment) * alignment;
}

const START = 'PHYSICAL_START';
/** Kconfig's own defaults. */
const USUAL = [
  { symbol: START, value: '0x1000000' },
  { symbol: 'PHYSICAL_ALIGN', value: '0x200000' },
];
const USUAL_START = 0x1000000n;

/** Where both cell and image are given, the plan says it. */
export function judgeStart({ config, image, cell }: KernelFacts): Breach | null {
  if (image && cell) return null;
  const fromHeader =
    image?.format === 'bzImage' && image.protocol >= PROTOCOL.prefAddress ? image.header.pref_address : null;
  const start = fromHeader ?? (config && configuredStart(config));
  if (start === null) return null;
  // Only a relocatable kernel aligns itself to where it was loaded.
  const isRelocatable =
    image?.format === 'bzImage'
      ? image.header.relocatable_kernel !== 0
      : config === null || !isTurnedOff(config, 'RELOCATABLE');
  const fits = !isRelocatable || isPowerOfTwo(start);
  const source = fromHeader === null ? `CONFIG_${START}` : 'pref_address in its header';
  const ram = cell && ramRanges(cell.config);
  const isInRam = (address: bigint): boolean => ram === null || ram.some((range) => holds(range, address));
  if (fits && isInRam(start)) return null;
  const inRam = ram === null ? '' : ` in the cell's RAM (${ram.map(describeRange).join(', ')})`;
  return {
    message: `the kernel runs at ${hex(start)} (${source})`,
    requested: `${isRelocatable ? 'a power of two' : 'an address'}${inRam}`,
    actual: hex(start),
    about: fromHeader === null ? 'config' : 'image',
    symbol: START,
    ...(fromHeader === null && isInRam(USUAL_START) ? { fixSymbols: USUAL } : {}),
  };
}

const ZRELADDR_UNIT = 128n << 20n;

/** CONFIG_AUTO_ZRELADDR: the zImage takes the start of the 128 MiB that it is in for the start of the RAM. */
export function judgeRamBase({ config, cell }: KernelFacts): Breach | null {
  if (!config || !cell || !isSetTo(config, 'AUTO_ZRELADDR', 'y')) return null;
  const ram = ramRanges(cell.config);
  const largest = ram.toSorted((a, b) => (a.size < b.size ? 1 : -1))[0];
  if (!largest || largest.start % ZRELADDR_UNIT === 0n) return null;
  return {
    message: `the cell's RAM starts at ${hex(largest.start)}`,
    requested: 'a multiple of 128 MiB (0x8000000)',
    actual: hex(largest.start),
    about: 'cell',
  };
}
