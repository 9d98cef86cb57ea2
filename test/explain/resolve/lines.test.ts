import { describe, expect, test } from 'vitest';
import { withDetails } from '../../../src/explain/details.ts';
import { explainLog } from '../../../src/explain/explain.ts';
import type { GivenCell, Machine } from '../../../src/explain/resolve/machine.ts';
import { machineWith } from '../../helpers/explained.ts';
import type { MachineShape } from '../../helpers/machine.ts';

const reportOf = (machine: Machine | null, ...lines: readonly string[]) =>
  withDetails(explainLog(lines.join('\n')), machine);

/** What the configs say of the first line of a kind. */
const said = (machine: Machine, id: string, ...lines: readonly string[]): string[] =>
  reportOf(machine, ...lines)
    .explanations.find((each) => each.id === id)!
    .details.filter(({ about }) => about === 'config')
    .map(({ text }) => text);

const MIB = 1n << 20n;

const one = (given: Partial<GivenCell> = {}, shape: Partial<MachineShape> = {}): Machine =>
  machineWith({ cpus: [1], ...shape }, { given });

describe("a kernel's lines beside the bundle", () => {
  const machine = one({
    memory: [
      { start: 0n, size: MIB },
      { start: 2n * MIB, size: 62n * MIB },
    ],
    cmdline: 'console=ttyS0,115200 8250.nr_uarts=1',
    loaded: [{ name: 'the initrd', range: { start: 0x3000000n, size: 0x12345n } }],
  });
  const entry = (from: string, to: string) =>
    said(machine, 'e820-map', `BIOS-e820: [mem 0x${from}-0x${to}] usable`);

  test('entries of its memory map', () => {
    expect(entry('0000000000000000', '00000000000fffff')).toEqual([
      "0x0..0x100000 is RAM of cell 'cell-0', as it should be",
    ]);
    expect(entry('0000000000200000', '0000000000ffffff')).toEqual([
      "0x200000..0x1000000 is a part of the RAM 0x200000..0x4000000 of cell 'cell-0'",
    ]);
    expect(entry('0000000100000000', '00000001ffffffff')).toEqual([
      "0x100000000..0x200000000 is not in the RAM of cell 'cell-0', which is 0x0..0x100000, 0x200000..0x4000000: the params on the target are of another config or bundle, or the line is of another Linux (the root cell)",
    ]);
    expect(entry('0000000000200000', '0000000000100000')).toEqual([]);
  });

  test('how much memory it counts', () => {
    const memory = (total: bigint): string[] =>
      said(machine, 'linux-memory', `Memory: 50000K/${total / 1024n}K available (10240K kernel code)`);
    expect(memory(63n * MIB)).toEqual(["the kernel counts 63 MiB of RAM, and cell 'cell-0' has 63 MiB"]);
    expect(memory(64n * MIB)[0]).toContain('the params on the target are of another config');
    expect(memory(32n * MIB)[0]).toContain("a part of it did not reach the kernel's memory map");
  });

  test('where it has its initrd', () => {
    const initrd = (from: string, to: string): string[] =>
      said(machine, 'linux-initrd', `RAMDISK: [mem 0x${from}-0x${to}]`);
    expect(initrd('03000000', '03012fff')).toEqual([
      'the initrd is where the bundle loads it (0x3000000..0x3012345)',
    ]);
    expect(initrd('03000000', '03000fff')[0]).toContain('of the initrd only');
    expect(initrd('02000000', '02012fff')[0]).toContain('looks for its initrd at 0x2000000..0x2013000');
    expect(
      said(
        machine,
        'initrd-region',
        'INITRD: 0x02000000+0x00012345 is not a memory region - disabling initrd',
      ),
    ).toHaveLength(1);
  });

  test('its command line', () => {
    const cmdline = (line: string): string[] =>
      said(machine, 'linux-cmdline', `Kernel command line: ${line}`);
    expect(cmdline('console=ttyS0,115200  8250.nr_uarts=1 ')).toEqual([
      "it is the command line of the bundle of cell 'cell-0'",
    ]);
    const [other] = cmdline('console=ttyS1,115200 8250.nr_uarts=1');
    expect(other).toContain('it lacks "console=ttyS0,115200" and has "console=ttyS1,115200" besides');
  });

  test('that do not go with it may be a fault', () => {
    const weights = (...lines: readonly string[]): string[] =>
      reportOf(machine, ...lines).explanations.map(({ weight, fix }) => `${weight}: ${fix.slice(0, 14)}`);
    expect(weights('Kernel command line: quiet')).toEqual(['doubtful: start the cell']);
    expect(weights('Memory: 50000K/64512K available')).toEqual(['info: nothing to do']);
  });

  test("of the root cell's kernel are not compared", () => {
    const log = ['Kernel command line: quiet', 'BIOS-e820: [mem 0x100000000-0x1ffffffff] usable'];
    expect(reportOf(machine, ...log).explanations).toHaveLength(2);
    expect(
      reportOf(machine, ...log, 'Activating hypervisor', 'The Jailhouse is opening.').explanations.filter(
        ({ details }) => details.length > 0,
      ),
    ).toEqual([]);
  });

  test('are not told where nothing is known of them', () => {
    const lines = ['Memory: 50000K/65144K available', 'Kernel command line: quiet', 'RAMDISK: [mem 0x1-0x2]'];
    for (const without of [null, machineWith({ cpus: [] })]) {
      expect(reportOf(without, ...lines)).toMatchObject({ known: 0, explanations: [] });
    }
    expect(reportOf(one(), ...lines).explanations.map(({ id }) => id)).toEqual(['linux-memory']);
  });
});

describe("the hypervisor's memory", () => {
  const machine = machineWith({ cpus: [1] });
  const usage = (used: number, total: number): string =>
    `Page pool usage after late setup: mem ${used}/${total}, remap 16/131072`;

  test('beside what the page tables need', () => {
    const [left, need, ...more] = said(machine, 'hv-pool', usage(300, 4096));
    expect(left).toBe('3796 of the 4096 pages are left');
    expect(need).toMatch(
      /^page tables need about \d+ pages? \(root cell 'machine'\), \d+ pages? \(cell 'cell-0'\)$/,
    );
    expect(more).toEqual([]);
  });

  test('that is nearly used up', () => {
    expect(said(machine, 'hv-pool', usage(4096, 4096)).at(-1)).toContain(
      "cell 'cell-0' does not fit any more, unless it is in already",
    );
  });

  test('that was not enough', () => {
    for (const [id, call] of [
      ['create-enomem', 'CELL_CREATE'],
      ['enable-enomem', 'ENABLE'],
    ] as const) {
      expect(said(machine, id, `JAILHOUSE_${call}: Cannot allocate memory`)).toEqual([
        expect.stringMatching(/^page tables need about/),
      ]);
    }
  });
});

describe('ivshmem', () => {
  const line = 'uio_ivshmem 0000:00:00.0: probe with driver uio_ivshmem failed with error -28';

  test('without an interrupt, on arm', () => {
    const machine = machineWith({ architecture: 'arm64', links: [[-1, 0]] });
    const device = machine.scene.cells[0]!.description.pciDevices.find(({ type }) => type === 3);
    const slot = ((device!.bdf >> 3) & 31).toString(16).padStart(2, '0');
    const told = said(machine, 'ivshmem-irq', line.replace('00:00.0', `00:${slot}.0`));
    expect(told).toHaveLength(4);
    expect(told[0]).toMatch(/^the ivshmem device 00:..\.0 of root cell 'machine' raises interrupt \d+$/);
    expect(told[1]).toMatch(/^interrupt \d+ \(SPI \d+\) is in /);
    expect(told[2]).toContain("of cell 'cell-0' raises interrupt");
    expect(said(machine, 'ivshmem-irq', line.replace('00:00.0', '1f:1f.0'))).toEqual([
      'no config that was given has an ivshmem device of that number',
    ]);
  });

  test('without an interrupt, on x86', () => {
    const machine = machineWith(
      { links: [[-1, 0]] },
      {
        cells: ([cell]) => (cell!.pciDevices.find(({ type }) => type === 3)!.num_msix_vectors = 0),
      },
    );
    const device = machine.scene.cells[0]!.description.pciDevices.find(({ type }) => type === 3)!;
    const slot = ((device.bdf >> 3) & 31).toString(16).padStart(2, '0');
    expect(said(machine, 'ivshmem-irq', line.replace('00:00.0', `00:${slot}.0`)).at(-1)).toContain(
      'has no MSI-X vector, and x86 has no other interrupt for it',
    );
  });

  test('that the hypervisor refuses', () => {
    const machine = machineWith(
      { links: [[-1, 0]] },
      {
        cells: ([cell]) => (cell!.pciDevices.find(({ type }) => type === 3)!.shmem_peers = 40),
      },
    );
    const told = said(machine, 'trace', 'hypervisor/ivshmem.c:407: returning error -EINVAL');
    expect(told).toHaveLength(2);
    expect(told[0]).toMatch(/has memory regions \d+ to \d+, is peer \d of 2$/);
    expect(told[1]).toMatch(
      /has memory regions \d+ to \d+, is peer \d of 40, and its config has \d+ memory regions only$/,
    );
  });
});

describe('a place of the hypervisor', () => {
  const machine = machineWith({});

  test('names the CPUs', () => {
    expect(said(machine, 'trace', 'hypervisor/setup.c:174: returning error -EINVAL')).toEqual([
      "the CPUs of root cell 'machine' are 0-2",
    ]);
    expect(said(machine, 'trace', 'hypervisor/control.c:483: returning error -EBUSY')).toEqual([
      "the CPUs of root cell 'machine' are 0-2",
      "the CPUs of cell 'cell-0' are 1",
      "the CPUs of cell 'cell-1' are 2",
    ]);
  });

  test('names the device that was added last, and its entry', () => {
    const told = said(
      machine,
      'trace',
      'Adding PCI device 01:00.0 to cell "cell-0"',
      'hypervisor/arch/x86/vtd.c:635: returning error -E2BIG',
    );
    expect(told.at(-1)).toContain('01:00.0 is ');
    expect(
      said(
        machine,
        'hv-exception',
        'Adding PCI device 01:00.0 to cell "cell-0"',
        'FATAL: Jailhouse triggered exception #14',
      ).at(0),
    ).toContain('01:00.0 is ');
  });

  test('of a device with MSI-X, where its table is', () => {
    const withMsix = machineWith(
      {},
      {
        cells: ([cell]) =>
          Object.assign(cell!.pciDevices[0]!, {
            num_msix_vectors: 4,
            msix_region_size: 0x3000,
            msix_address: 0xf0000000n,
          }),
      },
    );
    expect(
      said(withMsix, 'pci-msi-state', 'Unsupported MSI/MSI-X state, device 01:00.0, cap 11, state 1').at(-1),
    ).toBe(
      "its MSI-X table is at 0xf0000000, in no memory region of cell 'cell-0', and its size of 0x3000 is not a power of two",
    );
  });
});
