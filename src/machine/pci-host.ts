import { overlaps, type AddressRange } from '../base/ranges.ts';
import { mmconfigOf } from '../checks/cell/resources.ts';
import type { SystemConfig } from '../formats/cell/types.ts';
import { cells, flag, ref, texts, twoCells, type NewNode } from '../formats/dtb/compose.ts';
import { GIC_LABEL } from './gic-node.ts';
import type { PlacedLink } from './links.ts';

/** Address space of a memory BAR below 4 GiB (IEEE 1275 PCI binding). */
const MEMORY_SPACE = 0x02000000;
const SPI = 0;
const EDGE_RISING = 1;
const LINES = [1, 2, 3, 4] as const;
const USUAL_WINDOW = 0x10000000n;
const LEAST_WINDOW = 0x10000n;
const LAST_WINDOW = 0xf0000000n;

/** Room for the BARs of the devices, each of which Linux aligns to its size. */
function windowSize(links: readonly PlacedLink[]): bigint {
  const needed = links
    .flatMap(({ device }) => device.bar_mask)
    .filter((mask) => mask !== 0)
    .reduce((sum, mask) => sum + 2n * (0x100000000n - BigInt(mask)), 0n);
  let size = LEAST_WINDOW;
  while (size < needed) size *= 2n;
  return size;
}

/** A window of guest addresses that nothing of the cell is in. */
function findWindow(size: bigint, occupied: readonly AddressRange[]): AddressRange {
  for (let start = USUAL_WINDOW; start < LAST_WINDOW; start += 0x1000000n) {
    if (!occupied.some((range) => overlaps(range, { start, size }))) return { start, size };
  }
  return { start: USUAL_WINDOW, size };
}

/** The host that shows the cell's links to Linux. */
export function pciHost(
  system: SystemConfig,
  links: readonly PlacedLink[],
  base: number,
  occupied: readonly AddressRange[],
): NewNode {
  const mmconfig = mmconfigOf(system)!;
  const window = findWindow(windowSize(links), [...occupied, mmconfig]);
  return {
    name: `pci@${mmconfig.start.toString(16)}`,
    properties: [
      texts('compatible', 'pci-host-ecam-generic'),
      texts('device_type', 'pci'),
      cells('bus-range', 0, system.pciMmconfigEndBus),
      cells('#address-cells', 3),
      cells('#size-cells', 2),
      cells('#interrupt-cells', 1),
      cells('interrupt-map-mask', 0, 0, 0, 7),
      cells(
        'interrupt-map',
        ...LINES.flatMap((line) => [0, 0, 0, line, ref(GIC_LABEL), SPI, base + line - 1, EDGE_RISING]),
      ),
      cells('reg', ...twoCells(mmconfig.start), ...twoCells(mmconfig.size)),
      cells(
        'ranges',
        MEMORY_SPACE,
        ...twoCells(window.start),
        ...twoCells(window.start),
        ...twoCells(window.size),
      ),
      flag('dma-coherent'),
    ],
    children: [],
  };
}
