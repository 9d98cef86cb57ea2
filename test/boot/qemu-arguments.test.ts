import { isOlderVersion } from '../../src/base/version.ts';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  ARM64_MONITOR,
  LEAST_QEMU,
  qemuArguments,
  qemuVersion,
  X86_PORTS,
  type QemuStart,
} from '../../src/boot/qemu-arguments.ts';
import { readHeader } from '../helpers/c-header.ts';
import { ROOT } from '../helpers/docs.ts';

const { numbers } = readHeader(readFileSync(path.join(ROOT, 'monitor/blob.h'), 'utf8'));

const start = (changes: Partial<QemuStart> = {}): QemuStart => ({
  architecture: 'x86',
  machine: { cpus: [2, 3].map((id) => ({ id, qemu: id, mpidr: 0n })), gic: null },
  memory: 84n << 20n,
  monitor: '/pkg/monitor.rom',
  pieces: [{ file: '/tmp/a,b', address: 0x80_0000n }],
  channels: { monitor: 'socket,path=/tmp/m', consoles: ['socket,path=/tmp/0', null, null, null] },
  gdb: null,
  ...changes,
});

const words = (changes?: Partial<QemuStart>): string => qemuArguments(start(changes)).join(' ');

test('places and ports are those of monitor/blob.h', () => {
  expect(ARM64_MONITOR).toBe(numbers.BOX_ARM64_MONITOR);
  expect(BigInt(X86_PORTS.debug)).toBe(numbers.BOX_X86_DEBUG_PORT);
  expect(BigInt(X86_PORTS.exit)).toBe(numbers.BOX_X86_EXIT_PORT);
});

describe('x86', () => {
  test('as many CPUs as the highest number asks for, the cell’s memory, its files', () => {
    expect(words()).toContain('-smp 4 -m 84M ');
    expect(words()).toContain('memory-backend-ram,id=ram,size=84M,reserve=off');
    expect(words()).toContain('-device loader,file=/tmp/a,,b,addr=0x800000,force-raw=on');
    expect(words()).toContain('-bios /pkg/monitor.rom -chardev socket,id=monitor,path=/tmp/m');
  });

  test('only consoles that somebody reads', () => {
    expect(words()).toContain('-device isa-serial,chardev=ttyS0,iobase=0x3f8,irq=4');
    expect(words()).not.toContain('ttyS1');
  });

  test('a debugger is waited for on this machine alone', () => {
    expect(words()).not.toContain('-gdb');
    expect(words({ gdb: 1234 })).toContain('-S -gdb tcp:127.0.0.1:1234');
  });
});

test('arm64: the interrupt controller of the system config, the monitor on CPU 0', () => {
  const gic = { version: 2, gicd: 0n, gicc: 0n, gich: 0n, gicv: 0n, gicr: 0n } as const;
  const arm64 = { architecture: 'arm64', monitor: '/pkg/monitor.bin' } as const;
  const cpus = [{ id: 0, qemu: 16, mpidr: 0x100n }];
  expect(words({ ...arm64, machine: { cpus, gic } })).toMatch(
    /^-machine virt,gic-version=2,virtualization=on -cpu /,
  );
  const three = words({ ...arm64, machine: { cpus, gic: { ...gic, version: 3 } } });
  expect(three).toContain('gic-version=3,virtualization=on,its=off');
  expect(three).toContain('-smp 17 ');
  expect(three).toContain('loader,file=/pkg/monitor.bin,addr=0x40200000,cpu-num=0,force-raw=on');
});

test.each([
  ['QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7+deb12u18+b3)\nCopyright', '7.2.22', false],
  ['QEMU emulator version 10.0.2', '10.0.2', false],
  ['QEMU emulator version 7.1.0', '7.1.0', true],
  ['QEMU emulator version 6.2.0 (Debian 1:6.2+dfsg-2ubuntu6.26)', '6.2.0', true],
])('%s', (text, version, old) => {
  expect(qemuVersion(text)).toBe(version);
  expect(isOlderVersion(version, LEAST_QEMU)).toBe(old);
});

test('what names no version has none', () => {
  expect(qemuVersion('usage: qemu')).toBeNull();
});
