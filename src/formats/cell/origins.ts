import type { ManifestPath } from '../../base/diagnostic.ts';
import type { CellDescription } from './types.ts';

/** What its description calls the parts of a config that findings are about. */
const KEYS = {
  name: 'name',
  cpus: 'cpus',
  memoryRegions: 'memory',
  irqchips: 'irqchips',
  pio: 'ports',
  pciDevices: 'pci_devices',
} as const;

/** A list or field of a config. */
export type ConfigItem = keyof typeof KEYS;

/**
 * Where a cell's own description has one of its items; empty for a binary config.
 *
 * @param index of the item in its list, as the binary form counts
 */
export function describedAt({ origins }: CellDescription, item: ConfigItem, index?: number): ManifestPath {
  if (origins === undefined) return [];
  const entry = item === 'memoryRegions' && index !== undefined ? origins[index]?.entry : index;
  return entry === undefined ? [KEYS[item]] : [KEYS[item], entry];
}

/** `memory region 3`, or as the cell's own description counts and names it: `memory[2] 'net'`. */
export function regionName({ origins }: CellDescription, index: number, word = 'memory region'): string {
  const origin = origins?.[index];
  if (origin === undefined) return `${word} ${index}`.trim();
  return `memory[${origin.entry}]${origin.name === null ? '' : ` '${origin.name}'`}`;
}
