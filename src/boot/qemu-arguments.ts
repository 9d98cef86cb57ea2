import { hex } from '../base/address.ts';
import { UART_PORTS } from '../formats/cell/resources.ts';
import type { BoxArchitecture, BoxMachine } from './types.ts';

/** QEMU for an architecture, and how to get it. */
export const QEMUS: Readonly<Record<BoxArchitecture, { command: string; debianPackage: string }>> = {
  x86: { command: 'qemu-system-x86_64', debianPackage: 'qemu-system-x86' },
  arm64: { command: 'qemu-system-aarch64', debianPackage: 'qemu-system-arm' },
};

/** The monitor, and what takes the place of Jailhouse's loader. */
export type MonitorFile = 'monitor' | 'loader';

/** Files that come with this package, below the folder of the monitors. */
export const MONITOR_FILES: Readonly<Record<BoxArchitecture, Readonly<Record<MonitorFile, string>>>> = {
  x86: { monitor: 'x86/monitor.rom', loader: 'x86/loader.bin' },
  arm64: { monitor: 'arm64/monitor.bin', loader: 'arm64/loader.bin' },
};

/** Where the arm64 monitor starts; monitor/blob.h has the same number. */
export const ARM64_MONITOR = 0x4020_0000n;

/** x86: ports of QEMU's debug console and of its exit; monitor/blob.h has the same numbers. */
export const X86_PORTS = { debug: 0xe9, exit: 0xf4 } as const;

/** A file at an address of QEMU's memory. */
export interface LoadedPiece {
  file: string;
  address: bigint;
}

/** How QEMU is to be started. */
export interface QemuStart {
  architecture: BoxArchitecture;
  machine: Pick<BoxMachine, 'cpus' | 'gic'>;
  /** Bytes. */
  memory: bigint;
  /** The monitor's file. */
  monitor: string;
  pieces: readonly LoadedPiece[];
  /** The back end of a channel: `socket,path=/tmp/x/monitor`; `null` for one that nobody reads. */
  channels: { monitor: string; consoles: readonly (string | null)[] };
  /** TCP port on which a debugger is waited for. */
  gdb: number | null;
}

/** How many serial ports of the machine the harness reads. */
export const CONSOLES: Readonly<Record<BoxArchitecture, number>> = { x86: UART_PORTS.length, arm64: 1 };

const UART_IRQS = [4, 3, 10, 11];

const MIB = 1n << 20n;

/** A comma in a value is written twice. */
export const quoted = (value: string): string => value.replaceAll(',', ',,');

const chardev = (id: string, channel: string): string[] => {
  const [kind, ...rest] = channel.split(',');
  return ['-chardev', [kind, `id=${id}`, ...rest].join(',')];
};

const common = ({ machine, memory, pieces, gdb }: QemuStart): string[] => [
  '-accel',
  'tcg,thread=multi',
  '-smp',
  String(Math.max(...machine.cpus.map(({ qemu }) => qemu)) + 1),
  '-m',
  `${memory / MIB}M`,
  // Not reserved: of the memory of a large cell, a host needs what the guest touches.
  '-object',
  `memory-backend-ram,id=ram,size=${memory / MIB}M,reserve=off`,
  '-machine',
  'memory-backend=ram',
  '-no-user-config',
  '-nodefaults',
  '-display',
  'none',
  '-monitor',
  'none',
  '-no-reboot',
  ...pieces.flatMap(({ file, address }) => [
    '-device',
    `loader,file=${quoted(file)},addr=${hex(address)},force-raw=on`,
  ]),
  ...(gdb === null ? [] : ['-S', '-gdb', `tcp:127.0.0.1:${gdb}`]),
];

const x86Arguments = (start: QemuStart): string[] => [
  '-machine',
  'q35,smm=off',
  // Gigabyte pages for the monitor, which hides them from the cell.
  '-cpu',
  'qemu64,+svm,+npt,+pdpe1gb',
  ...common(start),
  '-vga',
  'none',
  '-bios',
  start.monitor,
  ...chardev('monitor', start.channels.monitor),
  '-device',
  `isa-debugcon,iobase=${hex(X86_PORTS.debug)},chardev=monitor`,
  '-device',
  `isa-debug-exit,iobase=${hex(X86_PORTS.exit)},iosize=1`,
  ...start.channels.consoles.flatMap((channel, index) =>
    channel === null
      ? []
      : [
          ...chardev(`ttyS${index}`, channel),
          '-device',
          `isa-serial,chardev=ttyS${index},iobase=${hex(UART_PORTS[index]!)},irq=${UART_IRQS[index]}`,
        ],
  ),
];

const arm64Arguments = (start: QemuStart): string[] => {
  const version = start.machine.gic?.version ?? 2;
  return [
    '-machine',
    `virt,gic-version=${version},virtualization=on${version === 3 ? ',its=off' : ''}`,
    '-cpu',
    'cortex-a57',
    ...common(start),
    '-nic',
    'none',
    ...chardev('monitor', start.channels.monitor),
    '-device',
    'virtio-serial-device,bus=virtio-mmio-bus.0,max_ports=1',
    '-device',
    'virtconsole,chardev=monitor',
    ...start.channels.consoles.flatMap((channel, index) =>
      channel === null ? [] : [...chardev(`ttyAMA${index}`, channel), '-serial', `chardev:ttyAMA${index}`],
    ),
    '-device',
    `loader,file=${quoted(start.monitor)},addr=${hex(ARM64_MONITOR)},cpu-num=0,force-raw=on`,
  ];
};

/** The words behind QEMU's name. */
export const qemuArguments = (start: QemuStart): string[] =>
  start.architecture === 'x86' ? x86Arguments(start) : arm64Arguments(start);

/** `7.2.22` of `QEMU emulator version 7.2.22 (Debian …)`; `null` if the text names none. */
export const qemuVersion = (text: string): string | null => /version (\d+(?:\.\d+)+)/.exec(text)?.[1] ?? null;

/** Older ones were not tried. */
export const LEAST_QEMU = '7.2';
