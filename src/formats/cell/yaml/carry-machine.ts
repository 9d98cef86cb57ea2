import { quoted } from '../../yaml/problem.ts';
import type { ManifestPath } from '../../../base/diagnostic.ts';
import { note, type Move } from './carry.ts';
import type { PlainMap } from './plain.ts';
import { describeRevision } from '../releases.ts';

const FIRST_WITH_GIC_VERSION = 6;

/** Up to revision 5 a build of Jailhouse was for one version of the GIC; only GICv3 has redistributors. */
function carryGicVersion({ data, from, to, architecture, notes }: Move): void {
  if (data.format !== 'system' || architecture === 'x86') return;
  const platform = (data.platform ?? {}) as PlainMap;
  const path: ManifestPath = ['platform', 'gic_version'];
  if (from < FIRST_WITH_GIC_VERSION && to >= FIRST_WITH_GIC_VERSION) {
    if (platform.gic_version !== undefined) return;
    const isThird = platform.gicr_base !== undefined;
    platform.gic_version = isThird ? '3' : '2';
    data.platform = platform;
    const message = `\`platform.gic_version\` is assumed to be ${platform.gic_version}, as \`gicr_base\` is ${isThird ? 'given' : 'not given'}`;
    notes.push(note('assumed', message, 'check it: up to revision 5 CONFIG_ARM_GIC_V3 said it', path));
  } else if (from >= FIRST_WITH_GIC_VERSION && to < FIRST_WITH_GIC_VERSION) {
    const version = platform.gic_version;
    if (version === undefined) return;
    delete platform.gic_version;
    const message = `\`platform.gic_version\` ${version as string} is left out: ${describeRevision(to)} has no place for it`;
    const fix = `build that Jailhouse ${version === '3' ? 'with' : 'without'} CONFIG_ARM_GIC_V3`;
    notes.push(note('lost', message, fix, path));
  }
}

/** What the guest chooses the domain of the virtual PCI host by, from revision 9 on. */
const ANY_DOMAIN = 0xffff;

function carryPciDomain({ data, source, target, to, notes }: Move): void {
  if (data.format !== 'system' || data.pci_is_virtual === undefined) return;
  const [before, after] = [source, target].map(({ system }) => 'pci_domain' in system.fields);
  if (before === after) return;
  const path: ManifestPath = ['pci_domain'];
  if (after) {
    data.pci_domain = String(ANY_DOMAIN);
    const message =
      '`pci_domain` is assumed to be 0xffff: the guest numbers the domain of the virtual PCI host, as it did before';
    notes.push(note('assumed', message, 'write another domain if the guest is to have that', path));
    return;
  }
  const domain = Number(data.pci_domain ?? 0);
  delete data.pci_domain;
  if (domain === ANY_DOMAIN) return;
  const message = `\`pci_domain\` ${domain} of the virtual PCI host is left out: ${describeRevision(to)} has no place for it`;
  notes.push(note('lost', message, 'the guest numbers the domain by itself', path));
}

const SMMU_KEYS = ['arm_sid_mask', 'arm_smmu_arch', 'arm_smmu_impl'] as const;
const FIRST_WITH_MMU500 = 13;

/** NXP's words for an SMMU; the releases describe the same one by its type, and its devices by masks. */
function dropSmmu({ data, target, to, notes }: Move): void {
  if ('arm_sid_mask' in target.iommu.fields) return;
  ((data.iommu_units ?? []) as PlainMap[]).forEach((unit, index) => {
    const keys = SMMU_KEYS.filter((key) => unit[key] !== undefined);
    if (keys.length === 0) return;
    for (const key of keys) delete unit[key];
    notes.push(
      note(
        'lost',
        `${keys.map(quoted).join(', ')} of IOMMU unit ${index} are left out: ${describeRevision(to)} has no place for them`,
        to >= FIRST_WITH_MMU500
          ? 'of an MMU-500, write `type: arm_mmu500` and the `stream_ids` of each cell, with their masks'
          : 'Jailhouse’s releases of this revision have no driver for this SMMU',
        ['iommu_units', index],
      ),
    );
  });
}

/** What a release says of the machine in another field, or not at all. */
export function carryMachine(move: Move): void {
  carryGicVersion(move);
  carryPciDomain(move);
  dropSmmu(move);
}
