import { describe, expect, test } from 'vitest';
import { explainLog } from '../../src/explain/explain.ts';
import { LogReader } from '../../src/explain/reader.ts';
import type { Explanation } from '../../src/explain/types.ts';

const first = (...lines: readonly string[]): Explanation => explainLog(lines.join('\n')).explanations[0]!;
const idsOf = (...lines: readonly string[]): string[] =>
  explainLog(lines.join('\n'))
    .explanations.filter(({ weight }) => weight !== 'info')
    .map(({ id }) => id);
const under = ({ consequences }: Explanation): string[] => consequences.map(({ id }) => id);

const START = ['Activating hypervisor', 'Created cell "guest-a"', 'Started cell "guest-a"'];

describe('whose fault it was', () => {
  test.each([
    ['FATAL: Invalid MMIO/RAM read, addr: 0x00000000b7e01000 size: 4', 'system config'],
    ['FATAL: Invalid MMIO/RAM write, addr: 0x00000000fec00010 size: 4', 'system config'],
    ['Unhandled data read at 0x30380000(4)', 'system config'],
    ['FATAL: instruction abort at 0x7c100000', 'system config'],
    ['FATAL: Invalid PIO write, port: 21 size: 1', 'system config'],
    ['FATAL: Unhandled MSR read: c0002011', 'command line of the root kernel'],
  ])('of the root cell, other things are to be changed: %s', (line, change) => {
    const root = first(...START, line, 'Parking CPU 0 (Cell: "Bench")');
    expect(root.owner).toEqual({ cell: 'Bench', isRoot: true });
    expect(root.stage).toBe('root');
    expect(`${root.meaning} ${root.fix}`).toContain(change);
    expect(root.rules).not.toContainEqual(expect.stringMatching(/^(?:kernel|placement|dtb)\//));
    const guest = first(...START, line, 'Parking CPU 2 (Cell: "guest-a")');
    expect(guest.owner).toEqual({ cell: 'guest-a', isRoot: false });
    expect(guest.stage).toBe('guest');
    expect(guest.fix).not.toBe(root.fix);
  });

  test('the root cell is the one that gets devices before Jailhouse is active', () => {
    const log = ['Adding PCI device 00:02.0 to cell "board"', 'Activating hypervisor'];
    const fault = 'Unhandled data write at 0x4000(4)';
    expect(first(...log, fault, 'Parking CPU 1 (Cell: "board")').owner?.isRoot).toBe(true);
    expect(first(...log, fault, 'Parking CPU 1 (Cell: "other")').owner?.isRoot).toBe(false);
  });

  test('without a name, it is the root cell until there is another', () => {
    const fault = 'FATAL: Invalid MMIO/RAM read, addr: 0x00000000b7e01000 size: 4';
    expect(first('Activating hypervisor', fault).owner).toEqual({ cell: null, isRoot: true });
    expect(first(...START, fault).owner).toBeNull();
    expect(first(fault).owner).toBeNull();
  });
});

describe('an access', () => {
  test('of size 0 is one that was not decoded', () => {
    const told = first('FATAL: Invalid MMIO/RAM write, addr: 0x000000003f1ff004 size: 0');
    expect(told.id).toBe('mmio-undecoded');
    expect(told.meaning).toContain('size 0 means that the instruction was not understood');
    expect(told.rules).toEqual(['cell/alignment']);
  });

  test('to the HPET, the IOMMU or the APIC is no missing RAM', () => {
    const at = (address: string): string =>
      `FATAL: Invalid MMIO/RAM read, addr: 0x00000000${address} size: 4`;
    expect(['fed000f0', 'fed90018', 'fee00020'].map((address) => first(at(address)).id)).toEqual([
      'mmio-hpet',
      'mmio-dmar',
      'mmio-apic',
    ]);
  });

  test('to a port of VMware, or one that resets the machine', () => {
    expect(first('FATAL: Invalid PIO read, port: 5658 size: 4').id).toBe('pio-vmware');
    const panic = 'Kernel panic - not syncing: Fatal exception';
    expect(under(first(panic, 'FATAL: Invalid PIO write, port: cf9 size: 1'))).toEqual(['pio-reset']);
  });

  test('to a port by a CPU that runs garbage', () => {
    expect(first('FATAL: Invalid PIO read, port: 7a1c size: 2').fix).toContain('the port means nothing');
  });

  test('to port 80 passes from 0.8 on', () => {
    expect(first('FATAL: Invalid PIO write, port: 80 size: 1').fix).toContain('0.8');
  });

  test('whose address another writer cut is not resolved', () => {
    const [cut] = explainLog('Unhandled data write at 0x3038[   12.345678] imx: probing').explanations;
    expect(cut!.id).toBe('arm-data-cut');
    expect(cut!.values).not.toHaveProperty('address');
  });
});

describe('exits and traps', () => {
  test.each([
    ['16', 'arm-trap-hvc', 'method = "smc"'],
    ['17', 'arm-trap-smc', 'OP-TEE'],
    ['18', 'arm-trap-sysreg', 'esr'],
  ])('class 0x%s', (number, id, fix) => {
    const told = first(`FATAL: unhandled trap (exception class 0x${number})`);
    expect(told.id).toBe(id);
    expect(told.fix).toContain(fix);
  });

  test('VMXOFF came of something else', () => {
    const log = [
      'FATAL: Invalid PIO read, port: 1771 size: 1',
      'Parking CPU 1 (Cell: "RootCell")',
      'FATAL: Unhandled VM-Exit, reason 26',
      'Parking CPU 0 (Cell: "RootCell")',
    ];
    expect(idsOf(...log)).toEqual(['pio-other']);
    expect(under(first(...log))).toEqual(['parked', 'vmxoff']);
  });

  test('the codes of Intel are decimal, those of AMD hexadecimal', () => {
    expect(first('FATAL: Unhandled VM-Exit, reason 27').meaning).toContain('VMXON');
    expect(first('FATAL: Unexpected #VMEXIT, exitcode 60').meaning).toContain('an interrupt');
    expect(first('FATAL: Unhandled VM-Exit, reason 999').fix).toMatch(/hexadecimal in AMD.*decimal in Intel/);
    expect(first('FATAL: VM-Entry failure, error 7').id).toBe('vm-entry');
  });

  test('MSRs of resctrl, and which ones Jailhouse stops', () => {
    expect(first('FATAL: Unhandled MSR write: d10').id).toBe('msr-resctrl');
    expect(first('FATAL: Unhandled MSR write: c0011029').fix).toContain('every MSR outside');
  });
});

describe('a CPU that a panic stops', () => {
  const log = [
    ...START,
    'Kernel panic - not syncing: No working init found.  Try passing init= option to kernel.',
    'FATAL: Invalid PIO write, port: cf9 size: 1',
    'RIP: 0xffffffff8103f2a4 RSP: 0xffffc90000003f58 FLAGS: 10246',
    'Parking CPU 1 (Cell: "guest-a")',
  ];

  test('is a consequence of the panic, with its registers', () => {
    expect(idsOf(...log)).toEqual(['no-init']);
    expect(under(first(...log))).toEqual(['pio-reset', 'parked']);
    expect(first(...log)).toMatchObject({ owner: { cell: 'guest-a', isRoot: false }, count: 1 });
    expect(first(...log).dump).toHaveLength(1);
  });

  test('is not the next one that is stopped much later', () => {
    const later = [
      ...log.slice(0, -2),
      ...Array<string>(100).fill('vendor'),
      'Parking CPU 0 (Cell: "Bench")',
    ];
    expect(idsOf(...later)).toEqual(['no-init', 'parked']);
  });
});

test('a CPU that the hypervisor stops before it is of a cell names none', () => {
  const stopped = first(
    'Adding PCI device 04:00.0 to cell "Bench"',
    'FATAL: Jailhouse triggered exception #14',
    'Stopping CPU 2 (Cell: "<UNSET>")',
  );
  expect(stopped.id).toBe('hv-exception');
  expect(stopped.owner).toBeNull();
});

test.each([
  'GICv3: no VLPI support, no direct LPI support',
  'pci 0000:05:00.0: BAR 14: no space for [mem size 0x00400000]',
  'pci 0000:00:1c.0: BAR 13: failed to assign [io  size 0x1000]',
  'nvidia: module verification failed: signature and/or required key missing - tainting kernel',
  'iwlwifi 0000:00:14.3: Direct firmware load for iwlwifi-QuZ-a0-hr-b0-72.ucode failed with error -2',
  'vboxdrv: Unknown symbol kvm_get (err -2)',
  'DMAR: [DMA Read NO_PASID] Request device [00:02.0] fault addr 0x9c000000 [fault reason 0x06]',
  'kvm [1]: HYP mode not available',
  'nvme 0000:01:00.0: probe with driver nvme failed with error -28',
])('a line that other machines print as well is no fault of a cell: %s', (line) => {
  expect(idsOf(`[    1.234567] ${line}`)).toEqual([]);
});

test.each([
  ["pci 0001:00:01.0: BAR 0 [mem size 0x00010000]: can't assign; no space", 'vhost-bar'],
  ['pci 0001:00:01.0: BAR 2 [mem size 0x00010000 64bit]: failed to assign', 'vhost-bar'],
  ['uio_ivshmem 0000:00:0e.0: probe with driver uio_ivshmem failed with error -28', 'ivshmem-irq'],
  ['ivshmem-net 0000:00:0e.0: probe with driver ivshmem-net failed with error -22', 'ivshmem-version'],
])('newer kernels word it anew: %s', (line, id) => {
  expect(idsOf(`[    1.234567] ${line}`)).toEqual([id]);
});

test('the name of a root device ends before the dots', () => {
  expect(first('Waiting for root device /dev/mmcblk1p1...').values.device).toBe('/dev/mmcblk1p1');
  expect(first('Waiting for root device PARTUUID=6c58-02').values.device).toBe('PARTUUID=6c58-02');
});

describe('errnos', () => {
  const call = (name: string, text: string): Explanation => first(`JAILHOUSE_${name}: ${text}`);

  test.each([
    ['CELL_CREATE', 'Invalid argument', ['ivshmem', 'pin_base', 'cache', 'stream ids', 'PVU']],
    ['CELL_CREATE', 'Argument list too long', ['interrupt_limit']],
    ['CELL_CREATE', 'Device or resource busy', ['ivshmem', 'cache', 'switch it off']],
    ['CELL_CREATE', 'Operation not permitted', ['another cell', 'locked']],
    ['CELL_DESTROY', 'Operation not permitted', ['the cell refuses']],
    ['CELL_LOAD', 'Invalid argument', ['the first one at that address decides']],
    ['CELL_LOAD', 'Device or resource busy', ['vmalloc=']],
    ['CELL_LOAD', 'Operation not permitted', ['jailhouse cell shutdown']],
    ['ENABLE', 'Invalid argument', ['CPUs', 'hypervisor_memory']],
  ])('%s: %s', (name, text, words) => {
    const { meaning, fix } = call(name, text);
    for (const word of words) expect(`${meaning} ${fix}`).toContain(word);
  });

  test('an architecture mismatch is seen as a cell that is not there', () => {
    const log = [
      'jailhouse: Configuration architecture mismatch',
      'JAILHOUSE_CELL_LOAD: No such file or directory',
    ];
    expect(idsOf(...log)).toEqual(['architecture-mismatch']);
    expect(first(...log).meaning).toContain('reports no error');
  });

  test('what dmesg or the console says more of comes first', () => {
    const told = first(
      'JAILHOUSE_ENABLE: Invalid argument',
      '[   61.002] jailhouse: request_mem_region failed for hypervisor memory.',
    );
    expect(told.id).toBe('hv-memory-reserved');
    expect(under(told)).toEqual(['enable-einval']);
  });

  test('a place in the hypervisor is told by its release', () => {
    const at = (release: string, line: number): string =>
      first(
        `Initializing Jailhouse hypervisor ${release} on CPU 0`,
        `hypervisor/control.c:${line}: returning error -EBUSY`,
      ).meaning;
    expect(at('v0.12', 483)).toContain('does not belong to the root cell');
    expect(at('v0.10', 481)).toContain('does not belong to the root cell');
    expect(at('v0.12', 476)).toContain('the command runs on a CPU that the cell is to get');
    const other = first('hypervisor/made-up.c:12: returning error -EINVAL');
    expect(other.meaning).toBe(
      'the hypervisor gave up in made-up.c, line 12, with EINVAL'.replace(
        'made-up.c',
        'hypervisor/made-up.c',
      ),
    );
  });

  test('the device file that is missing says nothing of a call', () => {
    const log = [
      '    fcntl.ioctl(self.dev, JailhouseCell.JAILHOUSE_CELL_CREATE, create)',
      "FileNotFoundError: [Errno 2] No such file or directory: '/dev/jailhouse'",
    ];
    expect(idsOf(...log)).toContain('dev-missing');
    expect(idsOf(...log)).not.toContain('call-other');
  });

  test('of Python’s own words for a wrong file', () => {
    expect(idsOf('RuntimeError: Not a root cell configuration')).toEqual(['not-a-system']);
    expect(idsOf('RuntimeError: Not a non-root cell configuration')).toEqual(['not-a-cell']);
  });

  test('calls that no release has are not known', () => {
    expect(idsOf('FATAL: Invalid memory region (0x1, 0x0, 0x1000, 3)')).toEqual([]);
  });
});

describe('a kernel', () => {
  test('whose random address is outside its memory stops; one without goes on', () => {
    expect(first('Invalid physical address chosen!').weight).toBe('cause');
    expect(first('KASLR disabled due to lack of seed').weight).toBe('doubtful');
  });

  test('an initrd that is not there may be none at all', () => {
    expect(first('Initramfs unpacking failed: junk within compressed archive').rules).toEqual(
      expect.arrayContaining(['initrd/format', 'initrd/damaged']),
    );
  });

  test('names checks of arm for a console', () => {
    expect(first('Warning: unable to open an initial console.').rules).toEqual(
      expect.arrayContaining(['dtb/console', 'kernel/drivers', 'cmdline/baud']),
    );
  });

  test('the wait status of init is read', () => {
    expect(
      first('Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000004').meaning,
    ).toContain('signal 4');
    expect(
      first('Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000300').meaning,
    ).toContain('exit code 3');
  });

  test('a clock that fails is the root’s after Jailhouse is enabled, a guest’s otherwise', () => {
    const line = 'uart 5a060000.serial: failed to prepare_enable clock';
    expect(idsOf('The Jailhouse is opening.', line)).toEqual(['clock-root']);
    expect(idsOf(line)).toEqual(['clk']);
  });

  test('no interrupt controller, no way to start a CPU', () => {
    expect(
      idsOf(
        'GICv3: /gic: no distributor detected, giving up',
        'Kernel panic - not syncing: No interrupt controller found.',
      ),
    ).toEqual(['gic']);
    expect(idsOf('psci: failed to boot CPU3 (-22)', 'CPU3: failed to boot: -22')).toEqual(['cpu-boot']);
    expect(idsOf('psci: no cpu_on method, not booting CPU3')).toEqual(['psci-nocpuon']);
  });
});

describe('a line is read', () => {
  const FAULT = 'FATAL: Invalid MMIO/RAM read, addr: 0x00000000d0000010 size: 4';

  test.each([
    ['a mail that answers', `> > ${FAULT}`],
    ['dmesg', `[   12.345678] ${FAULT}`],
    ['dmesg -T', `[Mon Nov 30 06:00:01 2026] ${FAULT}`],
    ['syslog', `Nov 30 06:00:01 target kernel: [   12.345678] ${FAULT}`],
    ['journalctl', `Nov 30 06:00:01 target kernel: ${FAULT}`],
    ['journalctl -o short-iso', `2026-11-30T06:00:01+0000 target jailhouse[71]: ${FAULT}`],
    ['a serial logger', `[2026-11-30 06:00:01.123] ${FAULT}`],
    ['a terminal', `\u001b[1;31m${FAULT}\u001b[0m\r`],
    ['RTF', `\\cf0 ${FAULT}\\cf2 \\`],
    ['hard spaces', FAULT.replaceAll(' ', '\u00a0')],
    ['emphasis', `*${FAULT}*`],
    ['wrapped in a mail', FAULT.replace('addr: ', 'addr:\n')],
    ['wrapped twice', FAULT.replace('RAM read', 'RAM\nread').replace('addr: ', 'addr:\n')],
    ['wrapped by a terminal', `${'x'.repeat(40)} ${FAULT.replace('0000d000', '0000d0\n00')}`],
  ])('%s', (_, text) => {
    const [told] = explainLog(text).explanations;
    expect(told).toMatchObject({
      id: 'mmio-other',
      line: 1,
      values: { access: 'read', address: '0x00000000d0000010' },
    });
  });

  test('no line with a time stamp of its own goes on with the one before', () => {
    expect(idsOf('JAILHOUSE_CELL_LOAD: Invalid', '[    1.5] argument')).toEqual(['call-other']);
    expect(idsOf('JAILHOUSE_CELL_LOAD: Invalid', 'argument')).toEqual(['load-einval']);
  });

  test('two writers on one console', () => {
    const { explanations } = explainLog(
      'The Jailhouse is opening.[   85.322648] Waiting for root device /dev/sda1...',
    );
    expect(explanations.map(({ id }) => id)).toEqual(['root-wait', 'driver-ok']);
  });

  test('also when it comes in pieces', () => {
    const reader = new LogReader();
    for (const piece of `Started cell "a"\n${FAULT}\nParking CPU 1 (Cell: "a")`) reader.push(piece);
    expect(reader.report().lines).toBe(2);
    expect(reader.end()).toEqual(explainLog(`Started cell "a"\n${FAULT}\nParking CPU 1 (Cell: "a")`));
  });
});

describe('one event', () => {
  test('has its registers, and who it was', () => {
    const told = first(
      'Started cell "guest-a"',
      'Unhandled data read at 0x9010fe0(4)',
      '',
      'FATAL: unhandled trap (exception class 0x24)',
      'Cell state before exception:',
      ' pc: ffff800010123450   lr: ffff800010123440 spsr: 60000005     EL1',
      ' sp: ffff800011573e80  esr: 24 1 1800007',
      ' x0: 0000000009010fe0   x1: 0000000000000000   x2: 0000000000000000',
      'Parking CPU 1 (Cell: "guest-a")',
    );
    expect(told).toMatchObject({
      id: 'arm-data',
      owner: { cell: 'guest-a' },
      values: { address: '0x9010fe0', cpu: '1' },
    });
    expect(under(told)).toEqual(['arm-trap-dabt', 'parked']);
    expect(told.dump.map(({ line }) => line)).toEqual([5, 6, 7, 8]);
  });

  test('several lines of the IOMMU are one', () => {
    const told = first(
      'VT-d fault event reported by IOMMU 1:',
      ' Source Identifier (bus:dev.func): 03:00.0',
      ' Fault Reason: 0x2 Fault Info: 7f3b2 Type 1',
    );
    expect(told.values).toEqual({ unit: '1', device: '03:00.0', reason: '0x2', info: '7f3b2', type: '1' });
  });

  test('a fault of the hypervisor is about the device that was added last', () => {
    const told = first(
      'Adding PCI device 01:03.0 to cell "board"',
      'FATAL: Jailhouse triggered exception #14',
      'Error code: 9',
      'CR2: 0xffffff800400b000',
      'Stopping CPU 2 (Cell: "board")',
    );
    expect(told.meaning).toContain('while it added the PCI device 01:03.0');
    expect(under(told)).toEqual(['hv-stop']);
  });

  test('the second CPU of a cell that stops is no second cause; after a new start it is', () => {
    const stop = (cpu: number, port: string): string[] => [
      `FATAL: Invalid PIO read, port: ${port} size: 1`,
      `Parking CPU ${cpu} (Cell: "guest-a")`,
    ];
    expect(idsOf(...stop(1, '2f9'), ...stop(2, '1771'))).toEqual(['pio-uart']);
    expect(idsOf(...stop(1, '2f9'), 'Started cell "guest-a"', ...stop(2, '1771'))).toEqual([
      'pio-uart',
      'pio-other',
    ]);
  });

  test('accesses in one page are one, whatever their number', () => {
    const lines = Array.from(
      { length: 300 },
      (_, step) =>
        `FATAL: Invalid MMIO/RAM read, addr: 0x00000000b7e01${(step * 8).toString(16).padStart(3, '0')} size: 8`,
    );
    expect(explainLog(lines.join('\n')).explanations).toMatchObject([{ id: 'mmio-other', count: 300 }]);
  });
});

test('the first cause is on top, what may be harmless and what is fine below', () => {
  const { summary, explanations } = explainLog(
    [
      'Hypervisor detected: Jailhouse',
      'KASLR disabled due to lack of seed',
      ...START.slice(1),
      'FATAL: Invalid PIO read, port: 61 size: 1',
      'Parking CPU 1 (Cell: "guest-a")',
      'rcu: INFO: rcu_sched detected stalls on CPUs/tasks:',
    ].join('\n'),
  );
  expect(summary).toBe(
    'in the cell "guest-a": the kernel uses the PC timer or speaker (port 61): it does not know that it runs in a cell',
  );
  expect(explanations.map(({ id }) => id)).toEqual([
    'pio-timer',
    'x86-jailhouse-guest',
    'kaslr',
    'hv-cell-ok',
  ]);
  expect(under(explanations[0]!)).toEqual(['parked', 'lockup']);
});
