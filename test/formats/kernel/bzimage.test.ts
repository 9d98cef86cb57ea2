import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  formatProtocol,
  looksLikeBzImage,
  parseBzImage,
  SETUP_HEADER_OFFSET,
  setupHeader,
  type SetupHeader,
} from '../../../src/formats/kernel/bzimage.ts';
import { detectCompression } from '../../../src/formats/compression/detect.ts';
import { examineKernel } from '../../../src/formats/kernel/examine.ts';
import { faultOf, smallKernel, VERSION } from '../../helpers/bzimage.ts';

test('the setup_header has its fields at the addresses of the boot protocol', () => {
  const at = Object.entries(setupHeader.offsets).map(([name, offset]) => [
    name,
    SETUP_HEADER_OFFSET + offset,
  ]);
  // Linux, Documentation/arch/x86/boot.rst, "Details of header fields".
  expect(Object.fromEntries(at)).toEqual({
    setup_sects: 497,
    root_flags: 498,
    syssize: 500,
    ram_size: 504,
    vid_mode: 506,
    root_dev: 508,
    boot_flag: 510,
    jump: 512,
    header: 514,
    version: 518,
    realmode_swtch: 520,
    start_sys_seg: 524,
    kernel_version: 526,
    type_of_loader: 528,
    loadflags: 529,
    setup_move_size: 530,
    code32_start: 532,
    ramdisk_image: 536,
    ramdisk_size: 540,
    bootsect_kludge: 544,
    heap_end_ptr: 548,
    ext_loader_ver: 550,
    ext_loader_type: 551,
    cmd_line_ptr: 552,
    initrd_addr_max: 556,
    kernel_alignment: 560,
    relocatable_kernel: 564,
    min_alignment: 565,
    xloadflags: 566,
    cmdline_size: 568,
    hardware_subarch: 572,
    hardware_subarch_data: 576,
    payload_offset: 584,
    payload_length: 588,
    setup_data: 592,
    pref_address: 600,
    init_size: 608,
    handover_offset: 612,
    kernel_info_offset: 616,
  });
  expect(setupHeader.size).toBe(0x26c - SETUP_HEADER_OFFSET);
});

describe('a kernel', () => {
  test('is read', () => {
    const file = smallKernel();
    expect(looksLikeBzImage(file)).toBe(true);
    expect(parseBzImage(file)).toMatchObject({
      format: 'bzImage',
      size: file.length,
      protocol: 0x20f,
      setupSize: 1536,
      version: VERSION,
      payload: { offset: 1536 + 0x20, length: 0x200, compression: 'unknown' },
      is64Bit: true,
      header: { pref_address: 0x1000000n, init_size: 0xdc0000, cmdline_size: 2047 },
    });
  });

  test('cut at any byte is an error', () => {
    const file = smallKernel();
    const codes = new Set<string>();
    for (let size = 0; size < file.length; size++) codes.add(faultOf(file.subarray(0, size)).code);
    expect([...codes].toSorted()).toEqual(['kernel/not-bzimage', 'kernel/truncated']);
    expect(faultOf(file.subarray(0, -1))).toMatchObject({
      code: 'kernel/truncated',
      message:
        'the kernel is cut short: the protected-mode kernel ends at byte 2176, the file has 2175 bytes',
      fix: 'copy or download the kernel again',
    });
    expect(faultOf(file.subarray(0, 0x1ff)).code).toBe('kernel/truncated');
    expect(faultOf(file.subarray(0, 0x240)).message).toContain('the setup header ends at byte 620');
    expect(faultOf(file.subarray(0, 1000)).message).toContain('the setup part ends at byte 1536');
  });

  test('may be followed by something, a signature for one', () => {
    const file = smallKernel();
    expect(parseBzImage(new Uint8Array([...file, 1, 2, 3]))).toMatchObject({ size: file.length + 3 });
  });

  test('is the one of the example project', () => {
    const file = new Uint8Array(
      readFileSync(new URL('../../../example-project/payload/payload.bzImage', import.meta.url)),
    );
    expect(parseBzImage(file)).toMatchObject({ is64Bit: true, protocol: 0x20f });
  });

  test('with setup_sects 0 has 4 of them', () => {
    expect(parseBzImage(smallKernel({ setup_sects: 0 })).setupSize).toBe(5 * 512);
  });

  test.each<[Partial<SetupHeader>, boolean | null]>([
    [{ xloadflags: 0 }, false],
    [{ xloadflags: 0x7e }, false],
    [{ xloadflags: 0x7f }, true],
    [{ xloadflags: 1, version: 0x20c }, true],
    [{ xloadflags: 1, version: 0x20b }, null],
  ])('with %o: 64-bit %s', (header, is64Bit) => {
    expect(parseBzImage(smallKernel(header)).is64Bit).toBe(is64Bit);
  });
});

describe('protocols', () => {
  test.each([
    0x200, 0x201, 0x202, 0x203, 0x204, 0x205, 0x206, 0x207, 0x208, 0x209, 0x20a, 0x20b, 0x20c, 0x20d, 0x20e,
    0x20f,
  ])('%i: what came later is as if it were not there', (version) => {
    const noise = {
      setup_data: 5n,
      handover_offset: 6,
      kernel_info_offset: 7,
      hardware_subarch: 8,
      cmd_line_ptr: 9,
    };
    const image = parseBzImage(smallKernel({ version, ...noise }));
    const { header } = image;
    expect(image.protocol).toBe(version);
    expect(header.cmd_line_ptr).toBe(version >= 0x202 ? 9 : 0);
    expect(header.initrd_addr_max).toBe(version >= 0x203 ? 0x7fffffff : 0x37ffffff);
    expect(header.cmdline_size).toBe(version >= 0x206 ? 2047 : 255);
    expect(header.hardware_subarch).toBe(version >= 0x207 ? 8 : 0);
    expect(image.payload === null).toBe(version < 0x208);
    expect(header.setup_data).toBe(version >= 0x209 ? 5n : 0n);
    expect([header.pref_address, header.init_size]).toEqual(
      version >= 0x20a ? [0x1000000n, 0xdc0000] : [0n, 0],
    );
    expect(header.handover_offset).toBe(version >= 0x20b ? 6 : 0);
    expect(header.xloadflags).toBe(version >= 0x20c ? 1 : 0);
    expect(header.kernel_info_offset).toBe(version >= 0x20f ? 7 : 0);
  });

  test('names', () => {
    expect([0x200, 0x20f, 0x210, 0x300].map(formatProtocol)).toEqual(['2.00', '2.15', '2.16', '3.00']);
  });

  test.each([0, 0x105, 0x1ff])('before 2.00 there is no header to read (%i)', (version) => {
    expect(faultOf(smallKernel({ version })).code).toBe('kernel/protocol');
  });

  test('a newer one is read as 2.15, with a note', async () => {
    const { image, notes } = await examineKernel(smallKernel({ version: 0x210 }));
    expect(image).toMatchObject({ header: { kernel_info_offset: 0, pref_address: 0x1000000n } });
    expect(notes).toMatchObject([
      {
        code: 'kernel/newer-protocol',
        severity: 'info',
        message: 'boot protocol 2.16 is newer than 2.15; its header is read as that version',
      },
    ]);
    expect((await examineKernel(smallKernel())).notes).toEqual([]);
  });

  test('before 2.04 syssize meant nothing above 16 bits, and is not held against the file', () => {
    expect(parseBzImage(smallKernel({ version: 0x203, syssize: 0xffffffff })).protocol).toBe(0x203);
    expect(faultOf(smallKernel({ version: 0x204, syssize: 0xffffffff })).code).toBe('kernel/truncated');
  });
});

test.each<[string, Partial<SetupHeader>, string | null]>([
  ['is absent', { kernel_version: 0 }, null],
  ['lies behind the setup part', { kernel_version: 0xffff }, null],
  ['lies at its very end', { kernel_version: 2 * 512 }, null],
  ['is not text', { kernel_version: 0 + 1 }, null],
  ['is there', { kernel_version: 0x102 }, VERSION.slice(2)],
])('a version text that %s', (_, header, version) => {
  expect(parseBzImage(smallKernel(header)).version).toBe(version);
});

test('a version text without an end, or without measure', () => {
  const file = smallKernel();
  file.fill(0x41, 0x300, 1536);
  expect(parseBzImage(file).version).toBeNull();
  file[1535] = 0;
  expect(parseBzImage(file).version).toBe('A'.repeat(256));
});

test.each([
  ['gzip', '1f8b08'],
  ['gzip', '1f9e'],
  ['bzip2', '425a68'],
  ['lzma', '5d0000'],
  ['xz', 'fd377a'],
  ['lz4', '02214c'],
  ['lzo', '894c5a'],
  ['zstd', '28b52f'],
  ['none', '7f454c46'],
  ['unknown', '1f00'],
  ['unknown', ''],
])('a payload packed with %s starts with %s', (compression, magic) => {
  expect(detectCompression(new Uint8Array(Buffer.from(magic, 'hex')))).toBe(compression);
});
