import { isSetTo, numberOf, type KernelConfig } from '../../formats/kernel/kconfig.ts';
import { valuesOf } from '../../formats/kernel/cmdline.ts';
import { readNumber } from '../../formats/root/memory-words.ts';
import { ramRanges } from '../../formats/cell/memory.ts';
import type { CmaArea } from '../../formats/dtb/cma.ts';
import type { KernelFacts } from './evidence.ts';

const MIB = 1 << 20;

/** CONFIG_CMA_SIZE_*: so many MiB, so much of the RAM, or the smaller or the larger of the two. */
function configuredSize(config: KernelConfig, ram: number): number {
  const fixed = Number(numberOf(config, 'CMA_SIZE_MBYTES') ?? 0n) * MIB;
  const share = (ram * Number(numberOf(config, 'CMA_SIZE_PERCENTAGE') ?? 0n)) / 100;
  const isChosen = (way: string): boolean => isSetTo(config, `CMA_SIZE_SEL_${way}`, 'y');
  if (isChosen('PERCENTAGE')) return share;
  if (isChosen('MIN')) return Math.min(fixed, share);
  return isChosen('MAX') ? Math.max(fixed, share) : fixed;
}

/**
 * The areas that Linux sets aside for DMA: the one of `cma=`, else the device tree's default, else its config's, and the
 * others of the tree; none without a config.
 *
 * @see Linux, kernel/dma/contiguous.c
 */
export function cmaAreas({ config, cmdline, cell }: KernelFacts): CmaArea[] {
  if (!config || !isSetTo(config, 'DMA_CMA', 'y')) return [];
  const areas = [...(cell?.cma ?? [])];
  const others = areas.filter(({ isDefault }) => !isDefault);
  const ownDefault = (size: number): CmaArea => ({
    isDefault: true,
    fixed: [],
    size: BigInt(Math.ceil(size)),
    within: null,
  });
  const asked = cmdline && valuesOf(cmdline, 'cma').at(-1);
  if (asked) return [...others, ownDefault(Number(readNumber(asked)?.value ?? 0n))];
  if (others.length < areas.length) return areas;
  const ram = cell ? ramRanges(cell.config).reduce((sum, { size }) => sum + Number(size), 0) : 0;
  return [...others, ownDefault(configuredSize(config, ram))];
}
