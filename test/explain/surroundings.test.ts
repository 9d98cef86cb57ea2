import { describe, expect, test } from 'vitest';
import { explainLog } from '../../src/explain/explain.ts';
import { LogReader } from '../../src/explain/reader.ts';
import type { Explanation } from '../../src/explain/types.ts';

const reportOf = (...lines: readonly string[]) => explainLog(lines.join('\n'));
const told = (...lines: readonly string[]): string[] =>
  reportOf(...lines).explanations.map(({ id, weight }) => `${id}: ${weight}`);
const first = (...lines: readonly string[]): Explanation => reportOf(...lines).explanations[0]!;
const under = ({ consequences }: Explanation): string[] => consequences.map(({ id }) => id);

describe('the last line of a log', () => {
  test.each([
    ['Code location: 0xfffffffff0000050', 'its page tables or its console'],
    ['Initializing unit: PVU IOMMU', 'while it initialises that unit'],
    ['Initializing processors:', 'waits for a CPU'],
    ['Activating hypervisor', 'the root cell hangs in its first accesses'],
    ['DMAR unit @0xfed90000/0x1000', 'hangs at that IOMMU'],
    ['Using x2APIC', 'hangs in what comes after it'],
  ])('names the step that hangs: %s', (line, hangs) => {
    const banner = 'Initializing Jailhouse hypervisor v0.12 on CPU 0';
    for (const end of [line, `${line}\n\n  \r\n`]) {
      const { summary, explanations } = reportOf(banner, end);
      expect(summary).toMatch(/^the log ends at this step: /);
      expect(summary).toContain(hangs);
      expect(explanations[0]).toMatchObject({ id: 'hv-progress', weight: 'doubtful', line: 2, text: line });
      expect(explanations).toHaveLength(2);
    }
    expect(reportOf(banner, line, 'a login prompt').summary).toBeNull();
  });

  test('is told by its own text, where the same came before', () => {
    const steps = ['Initializing processors:', ' CPU 0... OK', 'Initializing remaining processors:'];
    expect(first(...steps)).toMatchObject({ line: 3, text: 'Initializing remaining processors:' });
  });

  test('is not known while the log goes on', () => {
    const reader = new LogReader();
    reader.push('Activating hypervisor\n');
    expect(reader.report().summary).toBeNull();
    expect(reader.end().summary).toContain('the log ends at this step');
  });

  test('that ends the early console is a silent guest; otherwise that is normal', () => {
    const line = '[    0.4] printk: bootconsole [pl11] disabled';
    expect(told(line)).toEqual(['bootconsole: doubtful']);
    expect(told(line, '[    0.5] Freeing unused kernel memory')).toEqual(['bootconsole: info']);
  });
});

describe('a line after which the boot goes on', () => {
  const MOUNTED = '[    2.9] VFS: Mounted root (ext4 filesystem) on device 179:2.';

  test.each([
    ['Waiting for root device /dev/mmcblk0p2...', 'root-wait'],
    [
      'rootfs image is not initramfs (invalid magic at start of compressed archive); looks like an initrd',
      'initramfs-overwritten',
    ],
  ])('is no cause: %s', (line, id) => {
    expect(told(line)).toEqual([`${id}: cause`]);
    expect(told(line, MOUNTED)).toEqual([`${id}: info`, 'root-mounted: info']);
    expect(first(line, MOUNTED).meaning).toContain('line 2 shows that the boot went on');
    expect(reportOf(line, MOUNTED).summary).toBeNull();
  });

  test('is one where the next boot stops there', () => {
    const wait = 'Waiting for root device /dev/mmcblk0p2...';
    expect(told(wait, MOUNTED, wait)).toContain('root-wait: cause');
  });

  test('does not take what comes after it for its consequence', () => {
    const log = [
      'rootfs image is not initramfs (no cpio magic)',
      MOUNTED,
      'Kernel panic - not syncing: No working init found.',
    ];
    expect(told(...log)[0]).toBe('no-init: cause');
  });
});

test('a CPU that does not come online is no certain fault', () => {
  expect(told('CPU5: failed to come online')).toEqual(['cpu-boot: doubtful']);
  expect(told('psci: failed to boot CPU1 (-22)')).toEqual(['cpu-boot: cause']);
});

describe('lines of other programs', () => {
  const LINES = [
    ['opening foo.txt: No such file or directory', 'tool-file'],
    ['Usage: foo { COMMAND | --help }', 'tool-usage'],
    ['OSError: [Errno 22] Invalid argument', 'py-errno'],
  ] as const;

  test.each(LINES)('are no certain fault: %s', (line, id) => {
    expect(told(line)).toEqual([`${id}: doubtful`]);
    expect(first(line).meaning).toMatch(/^other programs print this, too/);
  });

  test.each(LINES)('are one where Jailhouse is named before or after: %s', (line, id) => {
    for (const log of [
      ['$ sudo jailhouse cell load 1 foo.txt', line],
      [line, '# JAILHOUSE cell list'],
      [line, 'Activating hypervisor', 'x'],
    ]) {
      expect(told(...log)).toContain(`${id}: cause`);
    }
  });

  test('the name alone is no known line', () => {
    expect(reportOf('jailhouse', 'my-jailhouse-board login:')).toMatchObject({ known: 0, explanations: [] });
  });
});

describe('one fault, told once', () => {
  test('a bus error and its panic', () => {
    const log = [
      'SError Interrupt on CPU0, code 0xbf000002 -- SError',
      'CPU: 0 PID: 1',
      'Kernel panic - not syncing: Asynchronous SError Interrupt',
    ];
    expect(told(...log)).toEqual(['serror: cause']);
    expect(under(first(...log))).toEqual(['serror']);
    expect(told(log[2]!)).toEqual(['serror: cause']);
  });

  test('a root device and its panic', () => {
    const log = [
      'VFS: Cannot open root device "mmcblk0p2" or unknown-block(0,0): error -6',
      'Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)',
    ];
    expect(told(...log)).toEqual(['no-root: cause']);
  });

  test('a CPU and the place that says why', () => {
    const [cpu, place, call] = [
      ' CPU 3... FAILED',
      'hypervisor/setup.c:99: returning error -EINVAL',
      'JAILHOUSE_ENABLE: Invalid argument',
    ];
    for (const log of [
      [cpu, place, call],
      [place, cpu, call],
      [`${cpu.replace('FAILED', '')}${place}`, 'FAILED', call],
    ]) {
      expect(told(...log)).toEqual(['trace: cause']);
      expect(under(first(...log)).toSorted()).toEqual(['enable-einval', 'hv-cpu-failed']);
    }
    expect(told(cpu, call)).toEqual(['hv-cpu-failed: cause']);
  });
});

describe('a reset of the machine', () => {
  const KEYBOARD = 'FATAL: Invalid PIO read, port: 64 size: 1';

  test('after a panic goes through the keyboard controller', () => {
    const log = ['Kernel panic - not syncing: Fatal exception', KEYBOARD, 'Parking CPU 1 (Cell: "guest")'];
    expect(told(...log)).toEqual(['ps-panic: cause']);
    expect(under(first(...log))).toEqual(['pio-reset', 'parked']);
  });

  test('is none before', () => {
    expect(first(KEYBOARD).id).toBe('pio-keyboard');
    expect(first(KEYBOARD, 'Kernel panic - not syncing: Fatal exception').id).toBe('pio-keyboard');
    expect(first('Kernel panic - not syncing: Fatal', KEYBOARD.replace('64', '60')).id).toBe('ps-panic');
  });
});

describe('numbers in the headline', () => {
  test('of a shared interrupt', () => {
    expect(first('Attempt to route SPI40 outside of cell').meaning).toContain(
      'shared interrupt 40 (SPI; 72 among',
    );
    expect(first('Attempt to route IRQ72 outside of cell').meaning).toContain('interrupt 72');
  });

  test('of a fault of the IOMMU', () => {
    const fault = (...lines: readonly string[]): string =>
      first('VT-d fault event reported by IOMMU 1:', ' Source Identifier (bus:dev.func): 00:1f.0', ...lines)
        .meaning;
    expect(fault(' Fault Reason: 0x6 Fault Info: 98000 Type 1')).toBe(
      'the IOMMU refused an access of the PCI device 00:1f.0 at 0x98000000: a read that is not allowed there',
    );
    expect(fault(' Fault Reason: 0x6', ' Fault Info: 98000')).toContain('at 0x98000000');
    expect(fault(' Fault Reason: 0x25 Fault Info: 0x1f000000000')).toContain(
      'an interrupt of the PCI device 00:1f.0 (index 31)',
    );
    expect(fault(' Fault Reason: 0x7e')).toContain('reason 0x7e, which is not a known one');
    expect(fault()).toBe('the IOMMU refused an access of the PCI device 00:1f.0');
  });

  test.each([
    ['FATAL: Unhandled VM-Exit, reason 27', 'VMXON (it starts a hypervisor', 'CONFIG_KVM'],
    ['FATAL: Unexpected #VMEXIT, exitcode 80, exitinfo1 0x0 exitinfo2 0x0', 'VMRUN (it starts', 'CONFIG_KVM'],
    ['FATAL: Unhandled VM-Exit, reason 13', 'INVD', 'code at RIP'],
    ['FATAL: Unhandled VM-Exit, reason 999', '(exit code 999)', 'SDM'],
  ])('of an exit: %s', (line, name, fix) => {
    expect(first(line).meaning).toContain(name);
    expect(first(line).fix).toContain(fix);
  });
});

test('a failed cell in a list of cells, with its CPUs', () => {
  expect(told('1       l2                      failed            8             8')).toEqual([
    'inmate-state: cause',
  ]);
  expect(told('1       l2                      failed')).toEqual(['inmate-state: cause']);
});
