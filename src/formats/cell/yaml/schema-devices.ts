import { z } from 'zod';
import { once } from '../../../base/once.ts';
import { PCI_CAP_FLAGS, PCI_TYPES } from '../names.ts';
import { PCI_CAPABILITIES } from '../pci.ts';
import { bytes, choice, flags, list, long, map, number, word } from './kinds.ts';
import { parsePciAddress, TextError } from './texts.ts';

export const label = (description: string, sample: string) =>
  word(
    'a name',
    sample,
    (name) => {
      if (/^[A-Za-z_][A-Za-z0-9_.-]*$/.test(name)) return name;
      throw new TextError(
        `cannot be \`${name}\``,
        'begin with a letter; letters, digits, `_`, `.` and `-` are allowed',
      );
    },
    { type: 'string', pattern: '^[A-Za-z_][A-Za-z0-9_.-]*$', description },
  );

/** A name of something in the same cell, or its index in the file. */
const reference = (what: string, sample: string) =>
  word('a name', sample, (name): string | number => (/^[0-9]+$/.test(name) ? Number(name) : name), {
    type: ['string', 'integer'],
    description: what,
  });

export const pciAddress = (description: string) =>
  word('a PCI address', "'01:0c.0'", parsePciAddress, {
    type: 'string',
    pattern: '^([0-9a-fA-F]{1,4}:)?[0-9a-fA-F]{1,2}:[0-9a-fA-F]{1,2}[.][0-7]$',
    description,
  });

export const pciDevice = once(() =>
  map(
    {
      type: choice(Object.keys(PCI_TYPES), 8, 'What it is.'),
      bdf: pciAddress('Domain (if not 0), bus, device and function.'),
      iommu: number('Number of its IOMMU unit.', 8, '0'),
      bar_mask: list(
        number('Mask of a BAR.', 32, '0xfffff000'),
        'Masks of its six BARs; for ivshmem they follow from num_msix_vectors.',
      ),
      caps: list(
        reference('A capability of pci_caps.', 'msi0'),
        'Its capabilities: consecutive entries of pci_caps.',
      ),
      caps_start: number('Index of its first capability, if names cannot express it.', 16),
      num_caps: number('Number of its capabilities, if names cannot express it.', 16),
      num_msi_vectors: number('MSI vectors.', 8, '1'),
      msi_flags: flags(['64bits', 'maskable'], 8, 'What its MSI can do.'),
      num_msix_vectors: number('MSI-X vectors.', 16, '2'),
      msix_region_size: number('Size of its MSI-X table.', 16, '4K'),
      msix_address: long('Address of its MSI-X table.'),
      shmem_regions: z
        .union([z.string(), z.array(z.string())], {
          error: () => 'must name regions\nwrite it as `shmem_regions: net`',
        })
        .transform((value) => [value].flat())
        .meta({
          description: 'ivshmem: its memory regions by name; the first, or a network block, is enough.',
          anyOf: [{ type: ['string', 'integer'] }, { type: 'array', items: { type: ['string', 'integer'] } }],
        }),
      shmem_dev_id: number('ivshmem: this cell’s side of the link.', 8, '0'),
      shmem_peers: number('ivshmem: peers of the link.', 8, '2'),
      shmem_protocol: choice(
        ['veth', 'undefined', 'custom', 'virtio_front:net', 'virtio_back:block'],
        16,
        'ivshmem: the protocol of the link: undefined, veth, custom:0x1, virtio_front:net.',
        (name) => /^(?:custom|virtio_front|virtio_back)(?::\w+)?$/.test(name),
      ),
      padding: bytes('ivshmem up to revision 11: the two unused bytes.'),
    },
    'A PCI device.',
  ),
);

export const pciCap = once(() =>
  map(
    {
      name: label('A name to refer to it, here alone.', 'msi0'),
      id: choice(Object.keys(PCI_CAPABILITIES), 16, 'Which capability.'),
      start: number('Its offset in the configuration space.', 16, '0x50'),
      len: number('Its length.', 16, '14'),
      flags: flags(Object.keys(PCI_CAP_FLAGS), 16, 'write: the cell may write to it.'),
    },
    'A PCI capability.',
  ),
);

const mmu500Id = once(() =>
  z.strictObject(
    { id: number('Stream id.', 16), mask_out: number('Mask.', 16).optional() },
    {
      error: () =>
        'must be a stream id\nwrite it as `0x860`, or as `{ id: 0x860, mask_out: 0x7f }` for an MMU-500',
    },
  ),
);
const plainId = once(() => number('A stream id.', 32, '0x860'));

export const streamId = once(() =>
  z
    .unknown()
    .transform(
      (value, context): z.output<ReturnType<typeof plainId>> | z.output<ReturnType<typeof mmu500Id>> => {
        const result = (
          typeof value === 'object' && !Array.isArray(value) ? mmu500Id() : plainId()
        ).safeParse(value);
        if (result.success) return result.data;
        for (const { path, message } of result.error.issues)
          context.addIssue({ code: 'custom', path, message });
        return z.NEVER;
      },
    )
    .meta({
      description: 'A stream id; an MMU-500 has an id and a mask.',
      type: ['integer', 'string', 'object'],
    }),
);
