import { concatBytes } from '../../base/bytes.ts';
import { countedSize, encodeDescription } from './description.ts';
import { VARIANT_IDS, VARIANTS } from './layout-ids.ts';
import { setBits } from './odd-parts.ts';
import { systemOddities, type SystemStart } from './odd-system.ts';
import type { Oddity } from './oddity.ts';
import { descriptionOddities, headerOddities } from './plausible.ts';
import type { CellConfig, CellHeader, SystemConfig } from './types.ts';
import { layoutOf, namesOf } from './variants.ts';

/** Of a config for up to 64 CPUs. */
const CPU_SET_SIZE = 8;

/** Where a CPU set would hide the end of a longer header, if only `cpu_set_size` were wrong. */
function shiftOddities(config: CellConfig): Oddity[] {
  const { revision, layout, cpus } = config;
  if (cpus.length <= CPU_SET_SIZE) return [];
  const own = layoutOf(config);
  const file = concatBytes(encodeDescription(config, own));
  return VARIANT_IDS.filter((id) => VARIANTS[id].revision === revision && id !== layout).flatMap((id) => {
    const other = layoutOf({ revision, layout: id });
    const shift = other.header.size - own.header.size;
    if (shift <= 0 || !setBits(cpus.subarray(shift))) return [];
    const decoded = other.header.decode(file);
    const isOther =
      countedSize(other, decoded) - shift === file.length &&
      headerOddities(decoded as unknown as CellHeader, other.names).length === 0;
    if (!isOther) return [];
    const text = `the CPU set has ${cpus.length} bytes; with ${cpus.length - shift}, the file would be one of ${id}`;
    return [{ subject: 'CPUs', text }];
  });
}

/** What is odd about a config that was read. */
export function oddities(config: CellConfig | SystemConfig): Oddity[] {
  const names = namesOf(config);
  if (config.kind === 'cell') {
    return [...descriptionOddities(config.header, config, names), ...shiftOddities(config)];
  }
  const { rootCell, flags } = config;
  const { signature, revision, architecture = 0 } = rootCell.header;
  const start: SystemStart = {
    ...(flags === undefined ? {} : { flags }),
    hypervisor_memory: config.hypervisorMemory,
    pci_mmconfig_base: config.pciMmconfigBase,
    pci_is_virtual: config.pciIsVirtual,
  };
  const isHeaderEmpty = revision === 0 && architecture === 0 && signature.every((byte) => byte === 0);
  return [
    ...systemOddities(start, names),
    ...(isHeaderEmpty
      ? []
      : [{ subject: 'root header' as const, text: 'the root cell has a signature or revision of its own' }]),
    ...descriptionOddities(rootCell.header, rootCell, names),
  ];
}
