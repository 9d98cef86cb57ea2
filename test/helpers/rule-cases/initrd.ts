import type { InitrdEvidence, InitrdPart } from '../../../src/formats/initrd/types.ts';
import type { CmaArea } from '../../../src/formats/dtb/cma.ts';
import type { CellEvidence } from '../../../src/checks/kernel/evidence.ts';
import { parseArm64Image } from '../../../src/formats/kernel/arm64-image.ts';
import type { KernelImage } from '../../../src/formats/kernel/recognise.ts';
import { makeArm64Image } from '../arm-kernels.ts';
import { walkCpio } from '../../../src/formats/initrd/cpio.ts';
import { InitrdFiles } from '../../../src/formats/initrd/files.ts';
import { GOOD_CONFIG, makeCellEvidence, makeKernel } from '../kernel-evidence.ts';
import { newc, type NewcEntry } from '../newc.ts';
import { EM, makeProgram } from '../program.ts';
import { NO_CONFIG, ofVersion, withLines, type Change, type RuleCases } from './case.ts';

const MIB = 1 << 20;

const part = (compression: InitrdPart['compression'], unpackedSize: number | null = 100): InitrdPart => ({
  offset: 0,
  compression,
  unpackedSize,
});

export const initrdWith = (change: Partial<InitrdEvidence> = {}): InitrdEvidence => ({
  size: 50,
  parts: [part('gzip')],
  complete: true,
  hasInit: true,
  files: null,
  problems: [],
  ...change,
});

const packedWith = (...compressions: InitrdPart['compression'][]): InitrdEvidence =>
  initrdWith({ parts: compressions.map((each) => part(each)) });

const UNPACKERS = ['gzip', 'bzip2', 'lzma', 'xz', 'lzo', 'lz4', 'zstd'] as const;

const unpacking = (...names: string[]): string =>
  `${GOOD_CONFIG.replace(/.*_RD_.*\n/g, '')}CONFIG_BLK_DEV_INITRD=y\n${names
    .map((name) => `CONFIG_RD_${name.toUpperCase()}=y\n`)
    .join('')}`;

/** A cell with so much RAM in two regions, and device memory that does not count. */
const ramOf = (mib: number): CellEvidence =>
  makeCellEvidence({
    config: {
      ...makeCellEvidence().config,
      memoryRegions: [
        { phys_start: 0n, virt_start: 0n, size: BigInt(MIB), flags: 0x4fn },
        { phys_start: 0n, virt_start: BigInt(2 * MIB), size: BigInt((mib - 1) * MIB), flags: 0x4fn },
        { phys_start: 0n, virt_start: 0x80000000n, size: BigInt(512 * MIB), flags: 0x13n },
      ],
    },
  });

const kernelOf = (mib: number): KernelImage => makeKernel({ initSize: mib * MIB }).image;
/** As large as Debian's. */
const armKernel = parseArm64Image(makeArm64Image({ image_size: 0x2010000n }));
const WITH_CMA = 'CONFIG_ARM64=y\nCONFIG_TMPFS=y\nCONFIG_DMA_CMA=y\nCONFIG_CMA_SIZE_MBYTES=64\n';

/** Nothing is built into the kernel. */
const NOT_BUILT_IN = withLines('CONFIG_INITRAMFS_SOURCE=""');

const sized = (packed: number, unpacked: number | null): InitrdEvidence =>
  initrdWith({ size: packed * MIB, parts: [part('gzip', unpacked === null ? null : unpacked * MIB)] });

const onArm64 = (
  ram: number,
  initrd: InitrdEvidence | 'none' | null,
  config = 'CONFIG_ARM64=y\n',
  words = '',
): Change => ({
  initrd,
  cell: ramOf(ram),
  image: armKernel,
  architecture: 'arm64',
  config: `${config}CONFIG_BLK_DEV_INITRD=y\nCONFIG_RD_GZIP=y\n`,
  cmdline: `console=ttyAMA0 ${words}`,
});

const onTmpfs = `${unpacking('gzip')}CONFIG_TMPFS=y\n`;
const onRamfs = `${unpacking('gzip')}# CONFIG_TMPFS is not set\n`;

/** An initrd with these files in it: by path, a program's content, or more. */
function holding(...entries: (readonly NewcEntry[])[]): InitrdEvidence {
  const files = new InitrdFiles();
  for (const archive of entries) {
    files.startArchive();
    walkCpio(newc(archive), 0, (entry) => files.add(entry));
  }
  return initrdWith({ files });
}

const init = (content: Uint8Array | string, mode?: number): NewcEntry => ({
  name: 'init',
  content,
  ...(mode === undefined ? {} : { mode }),
});
const shell = { name: 'bin/sh', content: makeProgram() };
const toShell: NewcEntry = { name: 'bin/sh', content: 'busybox', mode: 0o120777 };
const busybox = { name: 'bin/busybox', content: makeProgram() };
const DYNAMIC = makeProgram(EM.x86, { interpreter: '/lib64/ld-linux-x86-64.so.2' });
const loader = { name: 'usr/lib/ld-linux-x86-64.so.2', content: makeProgram() };
const libraries: NewcEntry = { name: 'lib64', content: 'usr/lib', mode: 0o120777 };
const I386 = makeProgram(EM.i386);
const ARM32 = makeProgram(EM.arm);
const foreign = init(makeProgram(EM.arm64));
const ofArm64 = (initrd: InitrdEvidence, config = 'CONFIG_ARM64=y\n'): Change => ({
  architecture: 'arm64',
  image: null,
  cmdline: 'console=ttyAMA0',
  config,
  initrd,
});

/** In a tree: without a place, or in the RAM of ramOf. */
const pool = (mib: number, change: Partial<CmaArea> = {}): CmaArea => ({
  isDefault: true,
  fixed: [],
  size: BigInt(mib * MIB),
  within: null,
  ...change,
});
const fixedAt = (start: number, mib: number): CmaArea =>
  pool(0, { fixed: [{ start: BigInt(start * MIB), size: BigInt(mib * MIB) }] });
const withPools = (change: Change, ...cma: CmaArea[]): Change => ({
  ...change,
  cell: { ...change.cell!, cma },
});
const SMALL_CMA = WITH_CMA.replace('=64', '=16');

export const INITRD_CASES: RuleCases = {
  'kernel/initrd-support': {
    breaks: [
      { initrd: initrdWith(), config: `${GOOD_CONFIG}# CONFIG_BLK_DEV_INITRD is not set\n` },
      { initrd: initrdWith(), config: GOOD_CONFIG.replace(/.*BLK_DEV_INITRD.*\n/, '') },
    ],
    satisfies: [
      { initrd: initrdWith(), config: unpacking('gzip') },
      { initrd: 'none', config: `${GOOD_CONFIG}# CONFIG_BLK_DEV_INITRD is not set\n` },
      { initrd: null, config: `${GOOD_CONFIG}# CONFIG_BLK_DEV_INITRD is not set\n` },
    ],
  },
  'kernel/initrd-compression': {
    breaks: [
      ...UNPACKERS.map((each): Change => ({
        initrd: packedWith(each),
        config: unpacking(...UNPACKERS.filter((other) => other !== each)),
      })),
      { initrd: packedWith('none', 'xz'), config: unpacking('gzip') },
      { initrd: packedWith('gzip', 'zstd'), ...ofVersion('5.8'), config: unpacking('gzip') },
    ],
    satisfies: [
      ...UNPACKERS.map((each): Change => ({ initrd: packedWith(each), config: unpacking(each) })),
      { initrd: packedWith('none', 'gzip', 'zstd'), config: unpacking('gzip', 'zstd') },
      { initrd: packedWith('none'), config: unpacking() },
      { initrd: packedWith('unknown'), config: unpacking() },
      { initrd: packedWith('xz'), config: `${GOOD_CONFIG}# CONFIG_BLK_DEV_INITRD is not set\n` },
      { initrd: 'none', config: unpacking() },
    ],
  },
  'kernel/initrd-memory': {
    breaks: [
      // 36 MB in 72 MB deadlocks: as it is, packed, and of unknown content.
      { initrd: sized(36, 36), cell: ramOf(72), image: kernelOf(14) },
      { initrd: sized(10, 60), cell: ramOf(72), image: kernelOf(14) },
      {
        initrd: initrdWith({ size: 36 * MIB, parts: [], complete: false, hasInit: null }),
        cell: ramOf(72),
        image: kernelOf(14),
      },
      { initrd: sized(36, null), cell: ramOf(72), image: null },
      // Kernel, struct pages, packed and unpacked: one byte too many.
      { initrd: sized(10, 50), cell: ramOf(64), image: kernelOf(5), config: onRamfs },
      onArm64(96, sized(40, 40)),
      // Room enough, but not in a tmpfs of half the RAM: 22 MB in 74 MB lack the last file, and so does /init.
      { initrd: sized(10, 30), cell: ramOf(72), image: kernelOf(14), config: onTmpfs },
      { initrd: sized(22, 22), cell: ramOf(74), image: kernelOf(13.75), config: onTmpfs },
      // Debian's arm64 kernel: 68.9 MiB fit in 240 MB, 146.6 in 400, and 100.7 with cma=0; 40 and 48 MB are too little.
      onArm64(240, sized(1, 71), WITH_CMA),
      onArm64(400, sized(1, 149), WITH_CMA),
      onArm64(240, sized(1, 103), WITH_CMA, 'cma=0'),
      onArm64(240, sized(1, 71), WITH_CMA.replace('=64', '=16'), 'cma=64M'),
      // The tree's area is the default one; another is there beside it.
      withPools(onArm64(240, sized(1, 71), SMALL_CMA), pool(64)),
      withPools(onArm64(240, sized(1, 71), SMALL_CMA), fixedAt(64, 64)),
      withPools(onArm64(240, sized(1, 71), WITH_CMA, 'cma=32M'), pool(32, { isDefault: false })),
      onArm64(40, sized(1, 2), WITH_CMA),
      onArm64(48, sized(1, 2), WITH_CMA),
      onArm64(40, 'none'),
      onArm64(40, null),
      // Debian's cloud kernel for x86 dies with less beside it than 80 MB leave.
      { initrd: sized(1, 2), cell: ramOf(60), image: kernelOf(51), config: onTmpfs },
    ],
    satisfies: [
      { initrd: sized(36, 36), cell: ramOf(256), image: kernelOf(14) },
      { initrd: sized(10, 45), cell: ramOf(64), image: kernelOf(5), config: onRamfs },
      { initrd: sized(10, 30), cell: ramOf(72), image: kernelOf(14), config: onRamfs },
      {
        initrd: sized(10, 30),
        cell: ramOf(72),
        image: kernelOf(14),
        config: onTmpfs,
        cmdline: 'root=/dev/vda',
      },
      {
        initrd: sized(10, 30),
        cell: ramOf(72),
        image: kernelOf(14),
        config: onTmpfs,
        cmdline: 'rootfstype=ramfs',
      },
      { initrd: sized(10, 23), cell: ramOf(72), image: kernelOf(14), config: onTmpfs },
      { initrd: sized(36, 36), cell: null },
      { initrd: 'none', cell: ramOf(8), image: kernelOf(14) },
      onArm64(56, sized(1, 2), WITH_CMA),
      onArm64(240, sized(0.4, 68), WITH_CMA),
      onArm64(400, sized(0.4, 146), WITH_CMA),
      onArm64(240, sized(0.4, 100), WITH_CMA, 'cma=0'),
      // cma= counts before the tree, and the tree before the config.
      withPools(onArm64(240, sized(0.4, 100), WITH_CMA, 'cma=0'), pool(64)),
      withPools(onArm64(240, sized(1, 90), WITH_CMA), pool(16)),
      // No RAM is there.
      withPools(onArm64(240, sized(1, 90), WITH_CMA), fixedAt(4096, 64)),
      withPools(
        onArm64(240, sized(1, 90), WITH_CMA),
        pool(64, { within: [{ start: 1n << 32n, size: 1n << 30n }] }),
      ),
      // This kernel has no CMA.
      withPools(onArm64(240, sized(1, 90), WITH_CMA.replace('CONFIG_DMA_CMA=y\n', '')), pool(64)),
      // With less RAM, CMA finds no room, and takes none.
      onArm64(112, sized(1, 30), WITH_CMA),
      onArm64(240, sized(1, 90), WITH_CMA.replace('CONFIG_DMA_CMA=y\n', '')),
      onArm64(240, sized(1, 90), WITH_CMA.replace('=64', '=16')),
      onArm64(240, sized(1, 71), `${WITH_CMA}CONFIG_CMA_SIZE_PERCENTAGE=10\nCONFIG_CMA_SIZE_SEL_MIN=y\n`),
      { initrd: 'none', cell: ramOf(32), image: kernelOf(14) },
      { initrd: sized(1, 2), cell: ramOf(80), image: kernelOf(51), config: onTmpfs },
    ],
    // Between the least that Linux takes and what it took where it was measured.
    elsewhere: { change: onArm64(240, sized(1, 69.5), WITH_CMA), severity: 'warning' },
  },
  'kernel/initrd-init': {
    breaks: [
      { initrd: initrdWith({ hasInit: false }), config: NOT_BUILT_IN },
      { initrd: initrdWith({ hasInit: false }), config: NO_CONFIG },
      { initrd: holding([init(makeProgram())]), config: NOT_BUILT_IN, cmdline: 'rdinit=/sbin/init' },
    ],
    satisfies: [
      { initrd: initrdWith(), config: NOT_BUILT_IN },
      { initrd: initrdWith({ hasInit: null }), config: NOT_BUILT_IN },
      { initrd: initrdWith({ hasInit: false }), config: NOT_BUILT_IN, cmdline: 'rdinit=/bin/sh' },
      { initrd: initrdWith({ hasInit: false }), config: NOT_BUILT_IN, cmdline: 'root=/dev/vda' },
      {
        initrd: initrdWith({ hasInit: false }),
        config: NOT_BUILT_IN,
        cmdline: 'nfsroot=10.0.0.1:/srv ip=dhcp',
      },
      { initrd: initrdWith({ hasInit: false }) },
      { initrd: holding([init(makeProgram())]), config: NOT_BUILT_IN, cmdline: 'rdinit=/a root=/dev/vda' },
      {
        initrd: holding([shell, { name: 'sbin/init', content: '../bin/sh', mode: 0o120777 }]),
        config: NOT_BUILT_IN,
        cmdline: 'rdinit=/sbin/init',
      },
      { initrd: 'none' },
    ],
    elsewhere: {
      change: { initrd: initrdWith({ hasInit: false }), config: NO_CONFIG },
      severity: 'warning',
    },
  },
  'initrd/init-executable': {
    breaks: [
      { initrd: holding([init(makeProgram(), 0o100644)]) },
      { initrd: holding([init('echo no line with the shell\n')]) },
      { initrd: holding([init('')]) },
      { initrd: holding([init('#!/bin/sh\n'), { ...shell, mode: 0o100644 }]) },
      {
        initrd: holding([init('#!/bin/sh\n'), shell]),
        config: withLines('# CONFIG_BINFMT_SCRIPT is not set'),
        cmdline: 'init=/init',
      },
      { initrd: holding([{ name: 'linuxrc', content: 'x' }]), cmdline: 'rdinit=/linuxrc' },
    ],
    satisfies: [
      { initrd: holding([init(makeProgram())]) },
      { initrd: holding([init('#!/bin/sh\n'), shell]) },
      { initrd: holding([init('#! /bin/sh -e\n'), toShell, busybox]) },
      // A later archive replaces it, and so does what rdinit= names.
      { initrd: holding([init('')], [init(makeProgram())]) },
      { initrd: holding([init(''), shell]), cmdline: 'rdinit=/bin/sh' },
      // The names of one file share what one of them has.
      {
        initrd: holding([
          { name: 'init', inode: 7 },
          { name: 'bin/busybox', inode: 7, content: makeProgram() },
        ]),
      },
      { initrd: holding([]) },
      { initrd: 'none' },
      { initrd: initrdWith() },
    ],
    // Linux goes on to root=, or to another program.
    elsewhere: {
      change: { initrd: holding([init(makeProgram(), 0o100644)]), cmdline: 'root=/dev/vda' },
      severity: 'warning',
    },
  },
  'initrd/init-architecture': {
    breaks: [
      { initrd: holding([foreign]) },
      { initrd: holding([init(I386)]), config: withLines('# CONFIG_IA32_EMULATION is not set') },
      { initrd: holding([init('#!/bin/sh\n'), { ...shell, content: makeProgram(EM.arm64) }]) },
      { initrd: holding([init('#!/bin/sh\n'), toShell, { ...busybox, content: makeProgram(183) }]) },
      { initrd: holding([init(DYNAMIC), libraries, { ...loader, content: makeProgram(243) }]) },
      ofArm64(holding([init(makeProgram())])),
      ofArm64(holding([init(ARM32)]), 'CONFIG_ARM64=y\n# CONFIG_COMPAT is not set\n'),
    ],
    satisfies: [
      { initrd: holding([init(makeProgram())]) },
      { initrd: holding([init(I386)]), config: withLines('CONFIG_IA32_EMULATION=y') },
      { initrd: holding([init(DYNAMIC), libraries, loader]) },
      { initrd: holding([foreign], [init(makeProgram())]) },
      ofArm64(holding([foreign])),
      ofArm64(holding([init(ARM32)]), 'CONFIG_ARM64=y\nCONFIG_COMPAT=y\n'),
      { initrd: holding([foreign, shell]), cmdline: 'rdinit=/bin/sh' },
      { initrd: initrdWith() },
    ],
    elsewhere: { change: { initrd: holding([init(I386)]), config: NO_CONFIG }, severity: 'warning' },
  },
  'initrd/init-interpreter': {
    breaks: [
      { initrd: holding([init('#!/bin/sh\n')]) },
      { initrd: holding([init('#!/bin/sh\r\n'), { name: 'bin/busybox', content: makeProgram() }]) },
      { initrd: holding([init('#!/bin/sh\n'), toShell]) },
      { initrd: holding([init(DYNAMIC)]) },
      { initrd: holding([init(DYNAMIC), loader]) },
      { initrd: holding([init('#!/bin/sh'), { name: 'bin/sh', content: 'sh', mode: 0o120777 }]) },
    ],
    satisfies: [
      { initrd: holding([init('#!/bin/sh\n')], [shell]) },
      { initrd: holding([init('#!/bin/busybox sh\n'), busybox]) },
      { initrd: holding([init(DYNAMIC), libraries, loader]) },
      { initrd: holding([init(makeProgram())]) },
      { initrd: initrdWith() },
    ],
    // Linux tries other programs.
    elsewhere: {
      change: { initrd: holding([init('#!/bin/bash\n'), shell]) },
      severity: 'warning',
    },
  },
};
