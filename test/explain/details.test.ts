import { describe, expect, test } from 'vitest';
import { withDetails } from '../../src/explain/details.ts';
import type { Machine } from '../../src/explain/resolve/machine.ts';
import type { Explanation, LogReport } from '../../src/explain/types.ts';
import { at, CELL_RAM, DEVICE } from '../helpers/machine.ts';
import { explanation, machineWith } from '../helpers/explained.ts';

const reportOf = (...explanations: Explanation[]): LogReport => ({
  lines: 9,
  known: 1,
  summary: 'what the line means',
  release: null,
  explanations,
  omitted: 0,
});

const detailed = (machine: Machine | null, id: string, change: Partial<Explanation> = {}) => {
  const report = withDetails(reportOf(explanation(id, change)), machine);
  return { ...report.explanations[0]!, summary: report.summary };
};

const ofCell = (name: string, isRoot = false) => ({ owner: { cell: name, isRoot } });

describe('whose line it is', () => {
  const machine = machineWith({});
  const port = (change: Partial<Explanation>) =>
    detailed(machine, 'pio-other', { values: { access: 'read', port: '1000' }, ...change }).details[0]?.text;

  test('by the name', () => {
    expect(port(ofCell('cell-0'))).toBe(
      "port 0x1000 is in the PIO region 0x1000-0x1007 of cell 'cell-0', so the config allows it: the config on the target may be another one",
    );
    expect(port(ofCell('machine', true))).toContain("is in no PIO region of root cell 'machine'");
  });

  test('by the CPU: the cell has taken it from the root cell', () => {
    expect(port({ values: { port: '1000', cpu: '1' } })).toContain("of cell 'cell-0'");
    expect(port({ values: { port: '1000', cpu: '2' } })).toContain("is in no PIO region of cell 'cell-1'");
    expect(port({ values: { port: '1000', cpu: '0' } })).toContain("of root cell 'machine'");
    expect(port({ values: { port: '1000', cpu: '99' } })).toBeUndefined();
  });

  test('the only cell', () => {
    const one = machineWith({ cpus: [1] });
    expect(detailed(one, 'pio-other', { values: { port: '3f8' } }).details[0]!.text).toBe(
      "port 0x3f8 (the UART ttyS0) is in no PIO region of cell 'cell-0', which has 0x1000-0x1007",
    );
  });

  test('one whose config was not given', () => {
    expect(detailed(machine, 'pio-other', { values: { port: '3f8' }, ...ofCell('other') }).details).toEqual([
      {
        about: 'config',
        text: `it is of "other", and the files that were given are of root cell 'machine', cell 'cell-0', cell 'cell-1'`,
      },
    ]);
  });

  test('without a config, none', () => {
    expect(detailed(null, 'pio-other', { values: { port: '3f8' }, ...ofCell('other') }).details).toEqual([]);
  });
});

describe('what a line is about', () => {
  test('an address, which is the summary too', () => {
    const machine = machineWith({});
    const { details, summary } = detailed(machine, 'mmio-other', {
      values: { access: 'write', address: '0x0000000098000040', size: '4' },
      ...ofCell('cell-0'),
    });
    expect(summary).toBe(
      "the guest wrote 0x98000040, which no region of cell 'cell-0' covers: that is memory region 2 of root cell 'machine'",
    );
    expect(details.map(({ about }) => about)).toEqual(['config', 'config', 'config']);
  });

  test('a physical address', () => {
    const machine = machineWith(
      {},
      { cells: ([cell]) => cell!.memoryRegions.push(at(0n, 0x100n, 0x40013n, DEVICE)) },
    );
    const { details } = detailed(machine, 'mmio-subpage', {
      values: { access: 'write', address: '98000004', size: '1' },
      ...ofCell('cell-0'),
    });
    expect(details[1]!.text).toContain('it lacks io_8');
  });

  test('an address that was cut is none', () => {
    const machine = machineWith({ architecture: 'arm64' });
    const { details, summary } = detailed(machine, 'arm-data-cut', {
      values: { part: '0x900' },
      ...ofCell('cell-0'),
    });
    expect([details, summary]).toEqual([[], 'what the line means']);
  });

  test('a PCI device and its register', () => {
    const machine = machineWith({});
    const texts = (values: Explanation['values'], id = 'pci-config') =>
      detailed(machine, id, { values, ...ofCell('cell-0') }).details.map(({ text }) => text);
    expect(texts({ device: '01:00.0', register: '44' })).toEqual([
      "01:00.0 is PCI device 0 of cell 'cell-0': type device, iommu 0, 1 PCI capability record, 1 MSI and 0 MSI-X vectors",
      'register 0x44, in capability 0x1 (pm) at 0x40..0x48, which the cell may only read: its entry has no flag `write`',
    ]);
    expect(texts({ device: '01:00.0', register: '0x4' })[1]).toBe('register 0x4 of its header, command');
    expect(texts({ device: '01:00.0', register: '0x100' })[1]).toBe(
      'register 0x100, which is in no capability of its entry: the config leaves it out, so the hypervisor refuses writes',
    );
    expect(texts({ device: '02:00.0', register: '0x4' })[0]).toBe(
      "02:00.0 is not among the PCI devices of cell 'cell-0': it is one of root cell 'machine' and cell 'cell-1'",
    );
    expect(texts({ port: 'cfc', selected: '80010044' }, 'pio-pci')).toHaveLength(2);
    expect(texts({ device: '0100' }, 'pci-msi-state')[0]).toContain('01:00.0 is PCI device 0');
  });

  test('a fault of DMA', () => {
    const machine = machineWith({});
    const texts = (values: Explanation['values'], id = 'vtd-fault') =>
      detailed(machine, id, { values }).details.map(({ text }) => text);
    expect(texts({ unit: '1', device: '01:00.0', reason: '0x5', info: '98000' })).toEqual([
      "01:00.0 belongs to cell 'cell-0'",
      "its entry says iommu 0, and unit 1 reported the fault: the entry's `iommu` is wrong",
      "it asked for 0x98000000, which no region of cell 'cell-0' covers",
      'fault reason 0x5 is a write that is not allowed there; the device asked for 0x98000000',
    ]);
    expect(texts({ unit: '0', device: '01:00.0', reason: '0x22', info: '1f000000000' })).toEqual([
      "01:00.0 belongs to cell 'cell-0'",
      'its entry has 1 MSI and 0 MSI-X vectors',
      'fault reason 0x22 is an interrupt whose entry is not there: the device is at another unit than its entry says, or has fewer vectors in the config than it uses; the interrupt has the index 31',
    ]);
    expect(texts({ device: '01:00.0', code: '2', operand2: '200000' }, 'amd-event')[1]).toBe(
      "it asked for 0x200000, in memory region 2 (0x200000..0x4000000, 62 MiB) of cell 'cell-0', which has dma",
    );
    expect(texts({ device: '07:00.0', reason: '0x2', info: '0' })[0]).toBe(
      '07:00.0 is in none of the configs that were given, so the unit knows nothing of it',
    );
  });

  test('interrupts', () => {
    const arm = machineWith({ architecture: 'arm64' });
    expect(detailed(arm, 'arm-irq-route', { values: { irq: '32' } }).details[0]!.text).toBe(
      "interrupt 32 (SPI 0) is in the irqchips of root cell 'machine' and cell 'cell-0'",
    );
    const x86 = machineWith({});
    expect(
      detailed(x86, 'ioapic-invalid', { values: { register: '10', index: '13' }, ...ofCell('cell-0') })
        .details[0]!.text,
    ).toBe(
      "index 0x13 is the entry of pin 1, which cell 'cell-0' does not have; pin 1 is in the irqchips of root cell 'machine' and cell 'cell-1'",
    );
  });

  test('a CPU that the root cell does not have', () => {
    const machine = machineWith({});
    expect(detailed(machine, 'hv-cpu-failed', { values: { cpu: '7' } }).details[0]!.text).toBe(
      "CPU 7 is not among them: the CPUs of root cell 'machine' are 0-2",
    );
  });

  test('interrupt vectors', () => {
    const machine = machineWith(
      {},
      { system: (system) => (system.platform.fields.vtd_interrupt_limit = 40) },
    );
    expect(detailed(machine, 'create-e2big').details[0]!.text).toBe(
      'the PCI devices of the configs have 3 interrupt vectors, and 1 irqchip about 24 more: 27 of the 40 that vtd_interrupt_limit allows',
    );
  });

  test('images that are refused', () => {
    const machine = machineWith(
      { cpus: [1] },
      {
        given: {
          loaded: [
            { name: 'the loader', range: { start: 0n, size: 0x1000n } },
            { name: 'the initrd', range: { start: 0x3000000n, size: 0x2000000n } },
            { name: 'the kernel', range: { start: 0x9000000n, size: 1n } },
            { name: 'the params', range: { start: 0x100000n, size: 1n } },
          ],
        },
      },
    );
    expect(detailed(machine, 'load-einval').details.map(({ text }) => text)).toEqual([
      'the initrd (0x3000000..0x5000000) ends after memory region 2 (0x200000..0x4000000, 62 MiB)',
      "the kernel (0x9000000..0x9000001) starts in no memory region of cell 'cell-0'",
      'the params (0x100000..0x100001) starts in memory region 1 (0x100000..0x101000, 4 KiB), which lacks loadable or write',
    ]);
  });

  test.each([
    [
      'apic-lvt',
      { register: '35', hex: '700' },
      'register 0x35 of the local APIC, LVT LINT0, with the delivery mode ExtINT',
    ],
    ['apic-access', { qualification: '1350' }, 'a write to register 0x35 of the local APIC, LVT LINT0'],
    ['apic-access', { count: '848' }, 'register 0x35 of the local APIC, LVT LINT0'],
    ['cr-access', { qualification: '4' }, 'a write of RAX to CR4'],
    ['hv-exception', { exception: '13' }, 'the exception is general protection (#GP)'],
    [
      'hv-exception',
      { exception: '14', error: '9', address: '0xffffff800400b000' },
      'the exception is page fault (#PF), at 0xffffff800400b000: a read that the page does not allow because an entry of the page tables has a reserved bit set: an address beyond what the CPU has',
    ],
    ['arm-smc-arch', { hex: '80003fff' }, 'the function 0x80003fff: it is a call to the architecture'],
  ])('numbers of %s', (id, values, text) => {
    expect(detailed(null, id, { values }).details).toEqual([{ about: 'line', text }]);
  });

  test.each([
    ['FATAL: Unhandled VM-Exit, reason 27', { code: '27' }, 'exit reason 27 of VMX is VMXON'],
    [
      'FATAL: Unexpected #VMEXIT, exitcode 80, exitinfo1 0x0',
      { code: '80' },
      'exit code 0x80 of SVM is VMRUN',
    ],
  ])('the exit of %s', (text, values, expected) => {
    expect(detailed(null, 'vm-exit', { text, values }).details[0]!.text).toContain(expected);
  });
});

describe('what the CPU ran', () => {
  const dump = (rip: string) => [
    { line: 2, text: `RIP: 0x${rip.padStart(16, '0')} RSP: 0x0000000000007f90 FLAGS: 10002` },
    { line: 3, text: 'CS: 10 BASE: 0x0000000000000000 AR-BYTES: 29b EFER.LMA 1' },
  ];
  const machine = machineWith(
    { cpus: [1] },
    { given: { loaded: [{ name: 'the kernel', range: { start: 0x1000000n, size: 0x800000n } }] } },
  );
  const told = (rip: string) =>
    detailed(machine, 'triple-fault', {
      text: '#VMEXIT, exitcode 7f',
      values: { code: '7f' },
      dump: dump(rip),
    }).details[0]!.text;

  test('is named by the image that was loaded there', () => {
    expect(told('1000200')).toBe(
      'by the bundle, 0x1000200 is in the kernel (0x1000000..0x1800000), 0x200 after its start',
    );
    expect(told('3000000')).toBe(
      "0x3000000 is in memory region 2 (0x200000..0x4000000, 62 MiB) of cell 'cell-0', where the bundle loads nothing",
    );
    expect(told('40000000')).toBe("0x40000000 is in no memory region of cell 'cell-0', so there is no code");
    expect(told('ffffffff81000000')).toContain('exit code 0x7f of SVM');
  });
});

describe('what check finds of it', () => {
  test('of the rules of the line, about its cell', () => {
    const machine = machineWith(
      {},
      { cells: ([, cell]) => cell!.memoryRegions.push(at(CELL_RAM, 0x1000n, 0x4fn)) },
    );
    const rules = ['cell/memory-shared', 'cell/memory-outside-root'] as const;
    const codes = (name: string) =>
      detailed(machine, 'arm-data', { rules, ...ofCell(name) }).findings.map(({ code, from }) => [
        code,
        from,
      ]);
    expect(codes('cell-1')).toEqual([['cell/memory-shared', 'check']]);
    expect(detailed(machine, 'arm-data', { rules: [], ...ofCell('cell-1') }).findings).toEqual([]);
  });

  test('when the bundle was built', () => {
    const finding = {
      code: 'kernel/serio',
      severity: 'error',
      message: 'SERIO is on',
      waived: 'a test',
    } as const;
    const machine = machineWith({ cpus: [1] }, { given: { findings: [finding] } });
    const { findings } = detailed(machine, 'pio-keyboard', {
      rules: ['kernel/serio'],
      values: { port: '60' },
    });
    expect(findings).toEqual([{ ...finding, from: 'bundle', cells: [0] }]);
  });
});
