import { describeSize, hex } from '../base/address.ts';
import { describeRange } from '../base/ranges.ts';
import { consoleText, partsLines, revisionText, titleOf, trailingLines, valueWord } from './cell-text.ts';
import { flagWords } from './words.ts';
import { columns, fact, indented, section } from './layout.ts';
import type { DescribedSystem } from './system.ts';

function unitLines(units: DescribedSystem['iommu_units']): string[] {
  return columns(
    units
      .filter(({ used }) => used)
      .map(({ index, type, base, size }) => [
        `unit ${index}`,
        type === undefined ? '' : valueWord(type),
        `${hex(base)}, ${describeSize(BigInt(size))}`,
      ]),
  );
}

const platformLines = ({ fields }: DescribedSystem['platform']): string[] =>
  Object.entries(fields).flatMap(([name, value]) =>
    name === 'padding' ? [] : fact(name, typeof value === 'bigint' ? hex(value) : String(value)),
  );

function mmconfigText(system: DescribedSystem): string {
  const { pci_mmconfig_base, pci_mmconfig_end_bus, pci_domain, pci_is_virtual } = system;
  const domain = pci_domain === undefined || pci_domain === 0 ? '' : `, domain ${pci_domain}`;
  const isVirtual = pci_is_virtual === 0 ? '' : ', a virtual host bridge';
  if (pci_mmconfig_base === 0n) return `none${domain}${isVirtual}`;
  return `${hex(pci_mmconfig_base)}, buses 0-${pci_mmconfig_end_bus}${domain}${isVirtual}`;
}

function architectureText({ architecture, architectureFrom, revision }: DescribedSystem): string {
  if (architectureFrom === 'file') return architecture;
  if (architectureFrom === 'given') return `${architecture}, as given`;
  if (architectureFrom === 'ports') return `${architecture}, as the root cell has I/O ports`;
  return `not named: revision ${revision} files do not say; read as ${architecture}`;
}

export function systemLines(system: DescribedSystem): string[] {
  const { hypervisor_memory: memory, rootCell } = system;
  return [
    titleOf('system config, root cell', rootCell),
    ...indented([
      ...fact('architecture', architectureText(system)),
      ...fact('revision', revisionText(system.revision, system.release)),
      ...fact('flags', system.flags === undefined ? null : flagWords(system.flags)),
      ...fact(
        'hypervisor memory',
        `${describeRange({ start: memory.phys_start, size: memory.size })}, ${describeSize(memory.size)}`,
      ),
      ...fact('debug console', consoleText(system.debug_console)),
      ...fact('PCI MMCONFIG', mmconfigText(system)),
      ...section('platform', platformLines(system.platform)),
      ...section('IOMMU units in use', unitLines(system.iommu_units)),
      ...section('root cell', partsLines(rootCell, system.architecture === 'x86')),
      ...trailingLines(system.trailing),
    ]),
  ];
}
