import { ARCHITECTURES } from '../../../base/choices.ts';
import { once } from '../../../base/once.ts';
import { either, nearest } from '../../../base/text.ts';
import { z } from 'zod';
import { parseLayoutId, VARIANT_IDS, type Versioned } from '../layout-ids.ts';
import { APIC_MODES, CACHE_FLAGS, CACHE_TYPES, SMMU_ARCHS, SMMU_IMPLS } from '../names.ts';
import { label, pciAddress, pciCap, pciDevice, streamId } from './schema-devices.ts';
import {
  bytes,
  choice,
  flags,
  list,
  long,
  map,
  number,
  ranges,
  text,
  toggle,
  twoLines,
  word,
} from './kinds.ts';
import { parsePorts, TextError } from './texts.ts';
import { anyNames } from './vocabulary.ts';

/** CPUs of the widest set that is read. */
const MOST_CPUS = 1 << 27;
const PIN_LIMIT = 2 ** 32 + 128;

const memoryFlags = (description: string) =>
  flags(
    anyNames(({ memoryFlags: names }) => names),
    64,
    description,
  );

const region = once(() => ({
  start: long('Its address in the machine and in the cell, if both are the same.'),
  phys_start: long('Its address in the machine.'),
  virt_start: long('Its address in the cell.'),
  size: long('Its size.', '64M'),
  flags: memoryFlags('What the cell may do with it, and what it is.'),
}));

/** An entry of a cell's memory. */
export const memory = once(() =>
  map(
    {
      name: label('A name to refer to it, here alone.', 'net'),
      ...region(),
      shmem_net: map(
        {
          start: long('The start of its 1 MiB.', '0x3f100000'),
          dev_id: number('This cell’s side of the link, 0 or 1.', 8, '0'),
        },
        'A network shared-memory block (JAILHOUSE_SHMEM_NET_REGIONS): four regions of two peers, written as one entry.',
      ),
    },
    'A memory region.',
  ),
);

const console = once(() =>
  map(
    {
      type: choice(
        anyNames(({ console: names }) => names.types),
        16,
        'The driver of the console.',
      ),
      address: long('Base address or port.', '0x3f8'),
      size: number('Size of its registers.', 32, '4K'),
      flags: flags(
        anyNames(({ console: names }) => names.flags),
        32,
        'How it is accessed.',
      ),
      divider: number('Divider of its clock; 0 does not change it.', 32, '1'),
      gate_nr: number('Number of its clock gate.'),
      clock_reg: long('Address of its clock gate register.'),
    },
    'A console.',
  ),
);

const cacheRegion = once(() =>
  map(
    {
      start: number('First part of the cache.'),
      size: number('Number of parts.'),
      type: choice(Object.keys(CACHE_TYPES), 8, 'Which cache.'),
      flags: flags(Object.keys(CACHE_FLAGS), 16, 'How it is shared.'),
      padding: number('The unused byte.', 8),
    },
    'A part of a cache for this cell.',
  ),
);

const irqchip = once(() =>
  map(
    {
      address: long('Its address.', '0xfec00000'),
      id: number('Its id.', 32, '0xff00'),
      pin_base: number('Number of the first of its 128 pins.', 32, '32'),
      pins: ranges('the pin', PIN_LIMIT, 'Pins (interrupts) of the cell, counted as the irqchip does.'),
    },
    'Pins of an interrupt controller.',
  ),
);

const smmuSid = once(() =>
  map(
    { sid: number('The stream id.', 32, '0x11'), sid_mask: number('Its mask.', 32, '0x7f80') },
    'A stream id of NXP’s BSPs.',
  ),
);

const regmap = once(() =>
  map(
    {
      reg_base: long('The page of the registers.'),
      reg_count: number('Number of registers.'),
      reg_size: number('Size of a register in bytes.', 8, '4'),
      flags: number('Its flags.'),
      reg_bitmap: list(
        number('32 registers.', 32, '0xffffffff'),
        'One bit for each register, in eight numbers.',
      ),
    },
    'A register map of TI’s Jailhouse.',
  ),
);

const parts = once(() => ({
  name: text('The name of the cell, up to 31 bytes of UTF-8.', 'name: linux-demo'),
  name_tail: bytes('What follows the NUL after the name, if it is not zero.'),
  name_bytes: bytes('All 32 bytes of a name that is not text.'),
  id: number('The id; the driver sets it, so it is 0 in files.'),
  flags: flags(
    anyNames(({ cellFlags }) => cellFlags),
    32,
    'Flags of the cell.',
  ),
  cpus: ranges('CPU', MOST_CPUS, 'CPUs of the cell.'),
  cpu_set_size: number('Size of the CPU set in bytes, if it is not 8.', 32, '8'),
  cpu_reset_address: long('Where its CPUs start.', '0x0'),
  msg_reply_timeout: long('How long to wait for its answers; 0 waits forever.', '0'),
  vpci_irq_base: number('First interrupt of its virtual PCI controller.', 32, '108'),
  console: console(),
  memory: list(memory(), 'Memory regions.'),
  cache_regions: list(cacheRegion(), 'Parts of the caches.'),
  irqchips: list(irqchip(), 'Interrupts.'),
  ports: list(
    word('ports', '0x3f8-0x3ff', parsePorts, { type: ['integer', 'string'] }),
    'x86: the I/O ports that the cell may use, in ranges: 0x3f8-0x3ff. Each is one region from revision 11 on.',
    '[0x3f8-0x3ff]',
  ),
  pio_bitmap_size: number('Up to revision 10: bytes of the port bitmap, if not 8192 (x86) or 0.', 32, '8192'),
  pci_devices: list(pciDevice(), 'PCI devices.'),
  pci_caps: list(pciCap(), 'Capabilities that the PCI devices refer to.'),
  stream_ids: list(streamId(), 'arm64, from revision 12 on: stream ids behind an SMMU.'),
  pci_cfg_base: long('nxp10: the window of the virtual PCI host.', '0xbb800000'),
  pci_cfg_size: long('nxp10: its size.', '1M'),
  ivshmem_irq: number('nxp10: the interrupt of its devices.', 32, '108'),
  smmu_sids: list(smmuSid(), 'nxp9, nxp10: stream ids behind an SMMU, with their masks.'),
  regmaps: list(regmap(), 'ti12: registers of a page that the cell may write.'),
}));

const ends = once(() => ({ trailing: bytes('Bytes after the end that the counts give.') }));

function readLayout(id: string): Versioned {
  const found = parseLayoutId(id);
  if (found !== null) return found;
  const meant = nearest(id, VARIANT_IDS);
  throw new TextError(
    `cannot be \`${id}\``,
    meant === undefined ? `known here: ${VARIANT_IDS.join(', ')}` : `did you mean \`${meant}\`?`,
  );
}

const target = once(() => ({
  release: text('The Jailhouse release: 0.6 to 0.12, or git.', "release: '0.12'"),
  revision: number('The revision of the config format, 3 to 14; instead of `release`.', 16, 'revision: 14'),
  layout: word('a layout', 'layout: nxp10', readLayout, {
    type: 'string',
    examples: VARIANT_IDS,
    description: 'A vendor’s layout of that revision, or one of git between two releases: nxp10.',
  }),
  architecture: text(`${either(ARCHITECTURES)}.`, 'architecture: x86'),
}));

const iommuUnit = once(() =>
  map(
    {
      type: choice(
        anyNames(({ iommuTypes }) => iommuTypes),
        32,
        'Which IOMMU; not recorded up to revision 10.',
      ),
      base: long('Base address.'),
      size: number('Size of its registers.', 32, '4K'),
      amd_bdf: pciAddress('AMD: its PCI address.'),
      amd_base_cap: number('AMD: base capability.', 8),
      amd_msi_cap: number('AMD: MSI capability.', 8),
      amd_features: number('AMD: features.'),
      tlb_base: long('TI PVU: address of its TLB.'),
      tlb_size: number('TI PVU: size of its TLB.'),
      raw: bytes('What neither AMD’s nor the PVU’s names can say: the bytes of their union.'),
      arm_sid_mask: number('NXP: mask of the stream ids.', 32, '0x7f80'),
      arm_smmu_arch: choice(Object.keys(SMMU_ARCHS), 32, 'NXP: version of the SMMU.'),
      arm_smmu_impl: choice(Object.keys(SMMU_IMPLS), 32, 'NXP: whose SMMU.'),
    },
    'An IOMMU unit.',
  ),
);

const platform = once(() =>
  map(
    {
      pm_timer_address: number('x86: port of the PM timer.', 16, '0x608'),
      vtd_interrupt_limit: number('x86: interrupts of VT-d.', 32, '256'),
      apic_mode: choice(Object.keys(APIC_MODES), 8, 'x86: mode of the APIC.'),
      tsc_khz: number('x86, from revision 8 on.', 32, '0'),
      apic_khz: number('x86, from revision 8 on.', 32, '0'),
      maintenance_irq: number('arm: the maintenance interrupt.', 8, '25'),
      gic_version: number('arm: version of the GIC.', 8, '2'),
      gicd_base: long('arm: GIC distributor.'),
      gicc_base: long('arm: GIC CPU interface.'),
      gich_base: long('arm: GIC hypervisor interface.'),
      gicv_base: long('arm: GIC virtual CPU interface.'),
      gicr_base: long('arm: GIC redistributor.'),
      padding: bytes('The unused bytes of the platform.'),
      tail: bytes('The rest of the platform’s union, if it is not zero.'),
    },
    'What the platform’s architecture needs.',
  ),
);

const rootCell = once(() =>
  map(
    {
      ...parts(),
      signature: bytes('The signature in its header, if it is not zero.'),
      revision: number('The revision in its header, which is zero.', 16),
      architecture: number('The architecture in its header, which is zero.', 8),
    },
    'The root cell.',
  ),
);

export const cellSchema = once(() =>
  map(
    {
      format: z.literal('cell', {
        error: () =>
          twoLines(
            'must be cell here',
            'a root cell is described by `format: system`, under `system:` of a manifest',
          ),
      }),
      ...target(),
      ...parts(),
      ...ends(),
    },
    'A Jailhouse cell (*.jailhouse.yaml).',
  ),
);
export type WrittenCell = z.output<ReturnType<typeof cellSchema>>;

export const systemSchema = once(() =>
  map(
    {
      format: z.literal('system', {
        error: () =>
          twoLines(
            'must be system here',
            'an inmate is described by `format: cell`, under `cell:` of a manifest',
          ),
      }),
      ...target(),
      flags: flags(
        anyNames(({ systemFlags }) => systemFlags),
        32,
        'Flags of the system, from revision 10 on.',
      ),
      hypervisor_memory: map(region(), 'The memory of the hypervisor.'),
      debug_console: console(),
      pci_mmconfig_base: long('Base of the PCI configuration space.', '0xb0000000'),
      pci_mmconfig_end_bus: number('The last bus in it.', 8, '0xff'),
      pci_is_virtual: toggle('Whether the PCI controller is virtual.'),
      pci_domain: number('Its domain, from revision 9 on.', 16, '0'),
      iommu_units: list(iommuUnit(), 'IOMMU units, up to eight.'),
      platform: platform(),
      root_cell: rootCell(),
      ...ends(),
    },
    'A machine and its root cell (*.jailhouse.yaml).',
  ),
);
export type WrittenSystem = z.output<ReturnType<typeof systemSchema>>;
export type WrittenRootCell = z.output<ReturnType<typeof rootCell>>;
export type WrittenParts = Omit<WrittenRootCell, 'signature' | 'revision' | 'architecture'>;
export type WrittenMemory = z.output<ReturnType<typeof memory>>;
export type WrittenPciDevice = z.output<ReturnType<typeof pciDevice>>;
export type WrittenPciCap = z.output<ReturnType<typeof pciCap>>;
export type WrittenConsole = z.output<ReturnType<typeof console>>;
export type WrittenIommuUnit = z.output<ReturnType<typeof iommuUnit>>;
export type WrittenPlatform = z.output<ReturnType<typeof platform>>;
