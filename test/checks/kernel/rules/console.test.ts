import { describe, expect, it } from 'vitest';
import { checkKernel, type KernelEvidence } from '../../../../src/checks/kernel/check.ts';
import { CONSOLE_RULES } from '../../../../src/checks/kernel/rules/console.ts';
import type { CellEvidence } from '../../../../src/checks/kernel/evidence.ts';
import { consoleCell, ivshmem, oldCell, pciCard } from '../../../helpers/console-cells.ts';
import { GOOD_CONFIG, makeEvidence, makeKernel } from '../../../helpers/kernel-evidence.ts';

const IDS = {
  uarts: 'kernel/runtime-uarts',
  ports: 'kernel/console-ports',
  irq: 'kernel/console-irq',
  early: 'kernel/early-console',
  'write-only': 'kernel/console-write-only',
  hypervisor: 'kernel/hypervisor-console',
  virtio: 'kernel/virtio-console',
  name: 'kernel/console-name',
  none: 'kernel/no-console',
} as const;
type Short = keyof typeof IDS;

const contentsWith = (uartFlags: boolean): KernelEvidence['contents'] => ({
  size: 1,
  banner: null,
  jailhouseGuest: true,
  uartFlags,
});

/** Kernels that go by UART flags, or do not; where the image shows it, its version does not count. */
const KERNELS: Record<string, Pick<KernelEvidence, 'image' | 'contents'>> = {
  '6.1': { image: makeKernel({ version: '6.1.0' }).image, contents: null },
  '5.4': { image: makeKernel({ version: '5.4.0' }).image, contents: null },
  '5.4 with the flags': { image: makeKernel({ version: '5.4.0' }).image, contents: contentsWith(true) },
  '6.1 without them': { image: makeKernel({ version: '6.1.0' }).image, contents: contentsWith(false) },
};

const PERMITTED = 0x40000000;
const CELLS: Record<string, CellEvidence> = {
  'the first UART': consoleCell(),
  'the second UART': consoleCell({ ports: [[0x2f8, 8]], pins: [3] }),
  'the third UART': consoleCell({ ports: [[0x3e8, 8]], pins: [4] }),
  'the fourth UART': consoleCell({ ports: [[0x2e8, 8]], pins: [3] }),
  'two UARTs': consoleCell({
    ports: [
      [0x2f8, 8],
      [0x3f8, 8],
    ],
    pins: [3, 4],
  }),
  '0x3f0+16': consoleCell({ ports: [[0x3f0, 16]] }),
  '0x3f8+4, 0x3fc+4': consoleCell({
    ports: [
      [0x3f8, 4],
      [0x3fc, 4],
    ],
  }),
  'no IOAPIC': consoleCell({ pins: null }),
  'an IOAPIC without its pin': consoleCell({ pins: [3] }),
  'an IOAPIC elsewhere': consoleCell({ ioapic: 0xfec10000n }),
  nothing: consoleCell({ ports: [], pins: null }),
  'a PCI card': consoleCell({ ports: [[0xe010, 8]], pins: [], pciDevices: [pciCard()] }),
  'old, the first UART': oldCell(),
  'old, two UARTs': oldCell({
    ports: [
      [0x2f8, 8],
      [0x3f8, 8],
    ],
    pins: [3, 4],
  }),
  'old, half a UART': oldCell({ ports: [[0x3f8, 4]] }),
  'the hypervisor’s console': consoleCell({ ports: [], pins: null, flags: PERMITTED }),
  'a virtio console': consoleCell({ ports: [], pins: null, pciDevices: [ivshmem(0x8003)] }),
  'a virtio disk': consoleCell({ ports: [], pins: null, pciDevices: [ivshmem(0x8002)] }),
};

const withUarts = (count: number): string =>
  `${GOOD_CONFIG}CONFIG_SERIAL_8250_RUNTIME_UARTS=${count}\nCONFIG_SERIAL_8250_NR_UARTS=32\n`;

type Row = [
  cmdline: string,
  uarts: number,
  kernel: string,
  cell: string,
  strict: Short[],
  mainline?: Short[],
];

/** By hand from what was seen under a real Jailhouse, and from the sources that the rules name. */
const ROWS: Row[] = [
  ['console=ttyS0,115200', 1, '6.1', 'the first UART', []],
  ['console=ttyS0,115200', 1, '5.4', 'the first UART', []],
  // Boots with UART flags.
  ['console=ttyS0', 4, '6.1', 'the first UART', ['uarts'], []],
  ['console=ttyS0', 4, '5.4 with the flags', 'the first UART', ['uarts'], []],
  // FATAL: Invalid PIO read, port: 2f9
  ['console=ttyS0', 4, '5.4', 'the first UART', ['uarts', 'ports']],
  ['console=ttyS0', 4, '6.1 without them', 'the first UART', ['uarts', 'ports']],
  ['console=ttyS0', 4, '6.1', 'old, the first UART', ['uarts', 'ports']],
  ['console=ttyS0', 2, '6.1', 'old, two UARTs', ['uarts']],
  // Silence: no UART, no flag, no region of its own.
  ['console=ttyS0', 0, '6.1', 'the first UART', ['uarts']],
  ['console=ttyS0', 1, '6.1', '0x3f0+16', ['ports']],
  ['console=ttyS0', 1, '6.1', '0x3f8+4, 0x3fc+4', ['ports']],
  ['console=ttyS0', 1, '5.4', '0x3f0+16', ['ports']],
  ['console=ttyS0', 1, '6.1', 'nothing', ['ports', 'irq']],
  ['console=ttyS0', 1, '6.1', 'old, the first UART', []],
  ['console=ttyS0', 1, '6.1', 'old, half a UART', ['ports']],
  // Stops half way, or never comes to a login.
  ['console=ttyS0', 1, '6.1', 'no IOAPIC', ['irq']],
  ['console=ttyS0', 1, '6.1', 'an IOAPIC without its pin', ['irq']],
  ['console=ttyS0', 1, '6.1', 'an IOAPIC elsewhere', ['irq']],
  // Other UARTs.
  ['console=ttyS1', 2, '6.1', 'the second UART', []],
  ['console=ttyS1', 1, '6.1', 'the second UART', ['uarts']],
  // Boots with its console on ttyS0.
  ['console=ttyS1', 1, '6.1', 'the first UART', ['uarts', 'ports']],
  ['console=ttyS1', 2, '5.4', 'the second UART', ['ports']],
  ['console=ttyS1', 2, '5.4', 'two UARTs', []],
  ['console=ttyS1', 2, '6.1', 'the first UART', ['ports', 'irq']],
  ['console=ttyS1', 2, '6.1', 'old, two UARTs', []],
  ['console=ttyS1', 2, '6.1', 'old, the first UART', ['ports', 'irq']],
  ['console=ttyS2', 3, '6.1', 'the third UART', []],
  ['console=ttyS3', 4, '6.1', 'the fourth UART', []],
  ['console=ttyS4', 5, '6.1', 'the first UART', []],
  // On a card it may be any of them.
  ['console=ttyS0', 1, '6.1', 'a PCI card', ['ports']],
  // The words of the cmdline.
  ['console=ttyS0 8250.nr_uarts=1', 4, '6.1', 'the first UART', []],
  ['console=ttyS0 8250_core.nr_uarts=0', 1, '6.1', 'the first UART', ['uarts']],
  ['console=ttyS1 console=ttyS0', 1, '6.1', 'the first UART', []],
  ['console=ttyS0 console=tty0', 1, '6.1', 'the first UART', []],
  ['console=0', 1, '6.1', 'the first UART', []],
  ['console=uart8250,io,0x3f8,115200n8', 1, '6.1', 'the first UART', []],
  // Boots without one.
  ['', 0, '6.1', 'nothing', ['none']],
  ['quiet', 4, '6.1', 'the first UART', ['uarts', 'none'], ['none']],
  ['', 4, '5.4', 'the first UART', ['uarts', 'ports', 'none']],
  ['', 1, '5.4', 'nothing', ['uarts', 'ports', 'none']],
  // Early consoles.
  ['console=ttyS0 earlyprintk=serial,ttyS0,115200', 1, '6.1', 'the first UART', []],
  ['console=ttyS0 earlyprintk=ttyS0', 1, '6.1', 'the first UART', []],
  ['console=ttyS0 earlyprintk=serial', 1, '6.1', 'the first UART', []],
  ['console=ttyS0 earlyprintk=vga earlyprintk=efi,keep', 1, '6.1', 'the first UART', []],
  ['console=ttyS0 earlyprintk=pciserial,0:1f.3', 1, '6.1', 'the first UART', []],
  ['console=ttyS0 earlyprintk=serial,0x2f8', 1, '6.1', 'the first UART', ['early']],
  ['console=ttyS0 earlyprintk=serial,ttyS1', 1, '6.1', 'the first UART', ['early']],
  ['console=ttyS0 earlyprintk=serial,ttyS1', 1, '6.1', 'two UARTs', ['early']],
  ['console=ttyS1 earlyprintk=ttyS1,115200', 2, '6.1', 'the second UART', []],
  ['console=ttyS2 earlyprintk=ttyS2', 3, '6.1', 'the third UART', ['early']],
  ['console=ttyS0 earlycon=uart8250,io,0x3f8,115200n8', 1, '6.1', 'the first UART', []],
  ['console=ttyS0 earlycon=uart,io,0x2f8', 1, '6.1', 'the first UART', ['early']],
  ['console=ttyS0 earlycon=uart8250,mmio32,0xfe040000', 1, '6.1', 'the first UART', []],
  ['console=ttyS0 earlycon', 1, '6.1', 'the first UART', []],
  ['earlycon=uart8250,io,0x3f8', 0, '6.1', 'the first UART', ['none']],
  ['console=uart,io,0xe010', 0, '6.1', 'the first UART', ['early']],
  // The hypervisor's console.
  ['console=jailhouse', 0, '6.1', 'the hypervisor’s console', ['write-only']],
  ['console=jailhouse', 0, '6.1', 'nothing', ['write-only', 'hypervisor']],
  ['console=ttyS0 earlycon=jailhouse', 1, '6.1', 'the first UART', ['hypervisor']],
  ['console=jailhouse console=ttyS0', 1, '6.1', 'the first UART', ['hypervisor']],
  // A console of other chips, and a slip of the pen: the UART that there is stays.
  ['console=ttyAMA0', 1, '6.1', 'the first UART', ['name']],
  ['console=ttyAMA0', 4, '6.1', 'the first UART', ['name']],
  ['consle=ttyS0', 1, '6.1', 'the first UART', ['none']],
  // A console in shared memory.
  ['console=hvc0', 0, '6.1', 'nothing', ['virtio']],
  ['console=hvc0', 0, '6.1', 'a virtio disk', ['virtio']],
  ['console=hvc0', 0, '6.1', 'a virtio console', []],
];

const shortOf = (code: string): Short[] =>
  (Object.keys(IDS) as Short[]).filter((short) => IDS[short] === code);

function found(profile: KernelEvidence['profile'], [cmdline, uarts, kernel, cell]: Row): Short[] {
  const config = `${withUarts(uarts)}CONFIG_VIRTIO_IVSHMEM=y\nCONFIG_VIRTIO_CONSOLE=y\n`;
  const evidence = makeEvidence({ profile, cmdline, config, ...KERNELS[kernel]!, cell: CELLS[cell]! });
  return checkKernel(evidence).flatMap(({ code }) => shortOf(code));
}

describe('cmdline x config x kernel x cell', () => {
  it.each(ROWS)('%s, %i UARTs, Linux %s, a cell with %s', (...row) => {
    const [, , , , strict, mainline = strict] = row;
    expect(found('strict', row)).toEqual(strict);
    expect(found('mainline', row)).toEqual(mainline);
  });

  it('has rows for all of the rules', () => {
    const named = new Set(ROWS.flatMap(([, , , , strict]) => strict.map((short) => IDS[short])));
    expect([...named].toSorted()).toEqual(CONSOLE_RULES.map(({ id }) => id).toSorted());
  });
});

const finding = (short: Short, change: Parameters<typeof makeEvidence>[0]) =>
  checkKernel(makeEvidence(change)).find(({ code }) => code === IDS[short])!;

describe('in words', () => {
  it('names a region that is too large, and one that is split', () => {
    expect(finding('ports', { cell: CELLS['0x3f0+16']! })).toMatchObject({
      severity: 'error',
      requested: 'one PIO region 0x3f8+8 for ttyS0',
      actual: 'the PIO region 0x3f0+16',
      path: ['cell'],
    });
    expect(finding('ports', { cell: CELLS['0x3f8+4, 0x3fc+4']! }).actual).toBe(
      'the PIO regions 0x3f8+4, 0x3fc+4',
    );
  });

  it('names the bits of a bitmap', () => {
    expect(finding('ports', { cell: CELLS['old, half a UART']! }).actual).toContain(
      '4 of them in its bitmap (0x3f8, 0x3f9, 0x3fa, 0x3fb)',
    );
  });

  it('only warns where a kernel uses what a newer one would not see', () => {
    expect(finding('ports', { ...KERNELS['5.4'], cell: CELLS['0x3f0+16']! })).toMatchObject({
      severity: 'warning',
      message: expect.stringContaining('Linux 5.5 and newer skip') as string,
    });
  });

  it('only warns where the UART may be on a card', () => {
    expect(finding('ports', { cell: CELLS['a PCI card']! })).toMatchObject({
      severity: 'warning',
      message: expect.stringContaining('on a PCI card') as string,
    });
  });

  it('says which UARTs are probed', () => {
    const { message } = finding('ports', { config: withUarts(3), cell: CELLS['old, the first UART']! });
    expect(message).toContain(
      "the kernel probes ttyS0 (0x3f8), ttyS1 (0x2f8), ttyS2 (0x3e8), as the cell's Jailhouse release does not say",
    );
    expect(message).toContain('does not have ttyS1 (0x2f8), ttyS2 (0x3e8)');
  });

  it('mends what is probed without need by fewer UARTs, not by more ports', () => {
    const cell = CELLS['old, the first UART']!;
    const { fix } = finding('ports', { config: withUarts(3), cell });
    expect(fix).toMatch('register no more UARTs than the console needs: 8250.nr_uarts=1 on the cmdline');
    const needed = finding('ports', { config: withUarts(3), cmdline: 'console=ttyS2', cell });
    expect(needed.fix).toMatch('give the cell the UART in .pio_regions');
  });

  it('tells a missing pin from a missing IOAPIC', () => {
    expect(finding('irq', { cell: CELLS['an IOAPIC without its pin']! })).toMatchObject({
      actual: 'pin 3',
      fix: 'set bit 4 of .pin_bitmap of the IOAPIC in the cell config',
    });
    expect(finding('irq', { cell: CELLS['no IOAPIC']! }).actual).toBe('no such IOAPIC');
  });

  it('mends the number of UARTs where the config gives it', () => {
    expect(finding('uarts', { config: withUarts(4) }).fixSymbols).toEqual([
      { symbol: 'SERIAL_8250_RUNTIME_UARTS', value: '1' },
    ]);
    expect(finding('uarts', { cmdline: 'console=ttyS5' }).fixSymbols).toEqual([
      { symbol: 'SERIAL_8250_NR_UARTS', value: '6' },
      { symbol: 'SERIAL_8250_RUNTIME_UARTS', value: '6' },
    ]);
    expect(finding('uarts', { cmdline: 'console=ttyS0 8250.nr_uarts=3' }).fixSymbols).toBeUndefined();
  });

  it('asks for the drivers of a virtio console', () => {
    const change = { cmdline: 'console=hvc0', cell: CELLS['a virtio console']! };
    expect(finding('virtio', change)).toMatchObject({
      requested: 'CONFIG_VIRTIO_IVSHMEM=y, CONFIG_VIRTIO_CONSOLE=y',
      fixSymbols: [
        { symbol: 'VIRTIO_IVSHMEM', value: 'y' },
        { symbol: 'VIRTIO_CONSOLE', value: 'y' },
      ],
    });
  });
});

it('warns where the console moves to the first UART, and fails where the cell does not have it', () => {
  const change = { cmdline: 'console=ttyS1', config: withUarts(1) };
  expect(finding('uarts', change).severity).toBe('warning');
  expect(finding('uarts', { ...change, cell: null }).severity).toBe('warning');
  expect(finding('uarts', { ...change, cell: CELLS['the second UART']! }).severity).toBe('error');
  expect(finding('uarts', { ...change, config: withUarts(0) }).severity).toBe('error');
});

it('names the UART that the console moves to', () => {
  const change = { cmdline: 'console=ttyS1', config: withUarts(1) };
  expect(finding('ports', change)).toMatchObject({
    severity: 'warning',
    message: expect.stringContaining(
      'the console is on ttyS0 then, as the kernel registers 1 UART',
    ) as string,
    fix: 'name the console that the cell has: console=ttyS0',
  });
  expect(finding('irq', { ...change, cell: CELLS['an IOAPIC without its pin']! }).message).toContain(
    'ttyS0, which the kernel takes for console=ttyS1 as it registers 1 UART (CONFIG_SERIAL_8250_RUNTIME_UARTS=1), interrupts on pin 4',
  );
});

describe('a config alone', () => {
  it.each([
    [0, []],
    [1, []],
    [2, ['uarts']],
    [4, ['uarts']],
  ] as const)('with %i UARTs', (uarts, strict) => {
    const alone = { config: withUarts(uarts), cmdline: null, cell: null, image: null };
    const short = (profile: KernelEvidence['profile']) =>
      checkKernel(makeEvidence({ ...alone, profile })).flatMap(({ code }) => shortOf(code));
    expect(short('strict')).toEqual(strict);
    expect(short('mainline')).toEqual([]);
  });
});
