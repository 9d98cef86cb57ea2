import { describe, expect, test } from 'vitest';
import { planX86 } from '../../../src/placement/x86/plan.ts';
import {
  COMM,
  commRegion,
  highRam,
  LOADABLE,
  lowRam,
  problemsOf,
  RAM,
  region,
  requestFor,
  type RequestShape,
  ROOTSHARED,
  said,
  WITHOUT_ACPI,
} from '../../helpers/x86-request.ts';

const MIB = 1n << 20n;

const INITRD_NOT_BEHIND =
  'placement/initrd: the initrd of 20 MiB does not fit after the kernel, which needs the memory up to 0x1dc0000: ';

test.each<[string, RequestShape, string[]]>([
  [
    'the kernel outside all RAM, which its initrd shares',
    { regions: [lowRam, commRegion, region(0x200000n, 10n * MIB)] },
    [
      'placement/no-ram: the kernel, to unpack itself and start, needs RAM at 0x1000000..0x1dc0000, 13.75 MiB missing: no memory region of the cell holds 0x1000000',
    ],
  ],
  [
    'a run area that ends behind the RAM',
    { initrdSize: null, regions: [lowRam, commRegion, region(0x200000n, 25n * MIB)] },
    [
      'placement/no-ram: the kernel, to unpack itself and start, needs RAM at 0x1000000..0x1dc0000, 2.75 MiB missing: memory region 2 (RAM, 25 MiB at 0x200000) ends 2.75 MiB too early',
    ],
  ],
  [
    'an image that lies in two regions, which the run area may',
    { regions: [lowRam, commRegion, region(0x200000n, 15n * MIB), region(0x1100000n, 64n * MIB)] },
    [
      'placement/not-loadable: the kernel file (0xffc000..0x1159400) cannot be loaded: memory region 2 (RAM, 15 MiB at 0x200000) ends 357 KiB too early',
    ],
  ],
  [
    'RAM that is not for loading',
    { regions: [lowRam, commRegion, region(0x200000n, 73n * MIB, RAM)] },
    [
      'placement/not-loadable: the kernel file (0xffc000..0x1159400) cannot be loaded: memory region 2 (RAM, 73 MiB at 0x200000) has the flags read write execute dma',
    ],
  ],
  [
    'memory without DMA, which is no RAM',
    { regions: [lowRam, commRegion, region(0x200000n, 73n * MIB, 0x47n)] },
    [
      'placement/no-ram: the kernel, to unpack itself and start, needs RAM at 0x1000000..0x1dc0000, 13.75 MiB missing: memory region 2 (73 MiB at 0x200000) is not RAM: it lacks dma',
    ],
  ],
  [
    'memory that the root cell shares, which is no RAM',
    { regions: [lowRam, commRegion, region(0x200000n, 73n * MIB, RAM | LOADABLE | ROOTSHARED)] },
    [
      'placement/no-ram: the kernel, to unpack itself and start, needs RAM at 0x1000000..0x1dc0000, 13.75 MiB missing: memory region 2 (73 MiB at 0x200000) is not RAM: it has rootshared',
    ],
  ],
  [
    'no low RAM',
    { regions: [commRegion, highRam] },
    [
      'placement/no-ram: the loader, with its stack and the params, needs RAM at 0x0..0xa000, 40 KiB missing: no memory region of the cell holds 0x0',
    ],
  ],
  [
    'low RAM that is not for loading: told once, for loader and params',
    { regions: [region(0n, MIB, RAM), commRegion, highRam] },
    [
      'placement/not-loadable: the loader (0x0..0xa000) cannot be loaded: memory region 0 (RAM, 1 MiB at 0x0) has the flags read write execute dma',
    ],
  ],
  [
    'an initrd that is too large',
    { initrdSize: 20n * MIB, regions: [lowRam, commRegion, region(0x200000n, 30n * MIB)] },
    [`${INITRD_NOT_BEHIND}memory region 2 (RAM, 30 MiB at 0x200000) has 2.25 MiB there, 17.75 MiB missing`],
  ],
  [
    'an initrd that only two regions together would hold',
    {
      initrdSize: 20n * MIB,
      regions: [lowRam, commRegion, region(0x200000n, 32n * MIB), region(0x2200000n, 16n * MIB)],
    },
    [`${INITRD_NOT_BEHIND}memory region 3 (RAM, 16 MiB at 0x2200000) has 16 MiB there, 4 MiB missing`],
  ],
  [
    'an initrd above what the kernel reads',
    { initrdSize: 20n * MIB, header: { initrd_addr_max: 0x1ffffff } },
    [
      `${INITRD_NOT_BEHIND}memory region 2 (RAM, 73 MiB at 0x200000) has 2.25 MiB there below initrd_addr_max (0x1ffffff), 17.75 MiB missing`,
    ],
  ],
  [
    'a cell without a comm region',
    { regions: [lowRam, highRam] },
    ['placement/comm-region: the loader finds no comm region at 0x100000..0x101000: the cell has none'],
  ],
  [
    'a comm region elsewhere, and a larger one around the place',
    {
      regions: [region(0n, 0xff000n), region(0xff000n, 0x3000n, 0x03n | COMM), highRam],
      config: WITHOUT_ACPI,
    },
    [
      'placement/comm-region: the loader finds no comm region at 0x100000..0x101000: it is at 0xff000..0x102000',
    ],
  ],
  [
    'RAM over the comm region',
    { regions: [commRegion, region(0n, 73n * MIB)] },
    [
      'placement/regions-overlap: memory region 1 (RAM, 73 MiB at 0x0) and memory region 0 (comm region, 4 KiB at 0x100000) overlap at 0x100000..0x101000, where the plan uses the memory',
    ],
  ],
  [
    'a kernel linked to the comm region',
    { header: { pref_address: 0x100000n } },
    [
      'placement/no-ram: the kernel, to unpack itself and start, needs RAM at 0x100000..0xec0000, 1 MiB missing: memory region 1 (comm region, 4 KiB at 0x100000) is there',
    ],
  ],
  [
    'a kernel linked into the loader',
    {
      regions: [region(0n, MIB), commRegion, highRam],
      size: 0x10000,
      header: { pref_address: 0x8000n, init_size: 0x20000 },
    },
    [
      'placement/overlap: the kernel (0x4000..0x28000) and the loader and params (0x0..0xa000) overlap by 24 KiB at 0x4000',
    ],
  ],
  [
    'a relocatable kernel that is not linked to a power of two',
    { header: { pref_address: 0x600000n, relocatable_kernel: 1 } },
    ["placement/pref-address: the kernel's pref_address 0x600000 is not a power of two"],
  ],
  [
    'such a kernel that is not relocatable, and stays where it was loaded',
    { header: { pref_address: 0x600000n, relocatable_kernel: 0 } },
    [],
  ],
  [
    'a kernel that says too little',
    { header: { init_size: 0x1000, syssize: 0x800 } },
    ["placement/init-size: the kernel's init_size (4 KiB) is less than its own 32 KiB"],
  ],
  ['an empty initrd', { initrdSize: 0n }, ['input/empty: the initrd is empty']],
  [
    'a region that wraps',
    {
      regions: [
        lowRam,
        commRegion,
        highRam,
        region(1n << 63n, 1n << 63n),
        region(0x8000000n, (1n << 64n) - 1n),
      ],
    },
    [
      'placement/region-size: memory region 4 (RAM, 17179869183.99 GiB at 0x8000000) ends after the last 64-bit address',
    ],
  ],
])('%s', (_, shape, wanted) => {
  expect(said(shape)).toEqual(wanted);
});

describe('what makes no difference', () => {
  test.each<[string, RequestShape]>([
    [
      'empty regions',
      { regions: [region(0n, 0n, 0n), lowRam, region(0x100000n, 0n, RAM), commRegion, highRam] },
    ],
    ['the order of regions', { regions: [highRam, commRegion, lowRam] }],
    [
      'regions that overlap where the plan uses nothing',
      {
        regions: [
          lowRam,
          commRegion,
          highRam,
          region(0x90000000n, 0x3000n, 3n),
          region(0x90002000n, 0x3000n, 3n),
        ],
      },
    ],
    ['several comm regions', { regions: [lowRam, region(0xf0000000n, 0x1000n, 0x23n), commRegion, highRam] }],
    [
      'a run area over two regions that touch',
      {
        regions: [lowRam, commRegion, region(0x200000n, 0xf60000n), region(0x1160000n, 64n * MIB)],
      },
    ],
    [
      'a memory hole behind the kernel',
      {
        regions: [lowRam, commRegion, region(0x200000n, 0x1bc0000n), region(0x9000000n, 64n * MIB)],
      },
    ],
  ])('%s', (_, shape) => {
    expect(said(shape)).toEqual([]);
  });

  test('executable memory without DMA is worth a word where nothing lies in it', () => {
    const regions = [lowRam, commRegion, highRam, region(0x8000000n, MIB, 0x47n)];
    expect(problemsOf({ regions })).toMatchObject([
      {
        code: 'placement/ram-without-dma',
        severity: 'warning',
        message:
          'memory region 3 (1 MiB at 0x8000000) is executable, but not RAM for the kernel: it lacks JAILHOUSE_MEM_DMA',
      },
    ]);
  });
});

test('setup_sects 0 means 4, except to upstream', () => {
  const shape: RequestShape = { header: { setup_sects: 0 } };
  const { plan } = planX86(requestFor(shape));
  expect(said(shape)).toEqual([]);
  expect(plan!.load[1]!.address).toBe(0x1000000n - 5n * 512n);
  expect(said({ ...shape, placement: 'upstream', initrdSize: null })).toEqual([
    'placement/kernel: the kernel would be loaded 2 KiB away from its start address',
  ]);
});

test('addresses follow from the kernel alone, and the loader finds them in the params', () => {
  const { plan } = planX86(requestFor({ header: { setup_sects: 19, pref_address: 0x2000000n } }));
  expect(plan!.entry).toBe(0x2000200n);
  expect(plan!.load[1]!.address).toBe(0x2000000n - 20n * 512n);
  const view = new DataView(plan!.params.buffer);
  expect(view.getBigUint64(0x230, true)).toBe(0x2000000n);
  expect(view.getBigUint64(0x258, true)).toBe(0x2000000n);
});

test('a kernel that wants to run where its setup part has no room is refused', () => {
  const { plan, diagnostics } = planX86(requestFor({ header: { pref_address: 0x1000n } }));
  expect(plan).toBeNull();
  expect(diagnostics).toMatchObject([
    { code: 'placement/kernel', actual: '0x1000', requested: expect.stringContaining('0x4000') as string },
  ]);
});

test('a kernel too old to say where it runs is refused', () => {
  const { plan, diagnostics } = planX86(requestFor({ header: { version: 0x209 } }));
  expect(plan).toBeNull();
  expect(diagnostics).toMatchObject([{ code: 'kernel/protocol', actual: '2.09' }]);
  expect(said({ header: { version: 0x20a } })).toEqual([]);
});
