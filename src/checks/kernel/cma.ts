import { isSetTo, numberOf, type KernelConfig } from '../../formats/kernel/kconfig.ts';
import { valuesOf } from '../../formats/kernel/cmdline.ts';
import { readNumber } from '../../formats/root/memory-words.ts';
import { ramRanges } from '../../formats/cell/memory.ts';
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
 * The RAM that Linux sets aside for DMA, in bytes: as `cma=` says, else its config; 0 without a config.
 *
 * @see Linux, kernel/dma/contiguous.c
 */
export function cmaSize({ config, cmdline, cell }: KernelFacts): number {
  if (!config || !isSetTo(config, 'DMA_CMA', 'y')) return 0;
  const asked = cmdline && valuesOf(cmdline, 'cma').at(-1);
  if (asked) return Number(readNumber(asked)?.value ?? 0n);
  const ram = cell ? ramRanges(cell.config).reduce((sum, { size }) => sum + Number(size), 0) : 0;
  return configuredSize(config, ram);
}
