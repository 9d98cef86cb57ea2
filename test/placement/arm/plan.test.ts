import { describe, expect, test } from 'vitest';
import { agreedArchitecture, supportOf } from '../../../src/placement/architectures.ts';
import { type Diagnostic, InputError } from '../../../src/base/diagnostic.ts';
import { examineKernel } from '../../../src/formats/kernel/examine.ts';
import { parseDtb } from '../../../src/formats/dtb/parse.ts';
import type { MemoryRegion } from '../../../src/formats/cell/records.ts';
import type { Revision } from '../../../src/formats/cell/releases.ts';
import type { PlanRequest } from '../../../src/placement/request.ts';
import type { Plan } from '../../../src/placement/types.ts';
import {
  arm64Kernel,
  arm64Request,
  armCell,
  armRegion,
  armRequest,
  commRegion,
  loaderRegion,
  MIB,
  partsOf,
  ramRegion,
  uartRegion,
} from '../../helpers/arm-request.ts';
import { makeZImage } from '../../helpers/arm-kernels.ts';
import { dtbOf } from '../../helpers/trees.ts';
import { requestFor } from '../../helpers/x86-request.ts';

const plan = (request: PlanRequest) => supportOf('arm64').plan(request);

function planned(request: PlanRequest): Plan {
  const result = plan(request);
  expect(result.diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  return result.plan!;
}

const errorsOf = (request: PlanRequest): Diagnostic[] =>
  plan(request).diagnostics.filter(({ severity }) => severity === 'error');

const withRegions = (...memoryRegions: (typeof ramRegion)[]) => armCell({ memoryRegions });

describe('exact placement', () => {
  test('puts the kernel lowest, then device tree and initrd, each in its true size', () => {
    const { kernel, params, initrd, loader, string } = partsOf(planned(arm64Request()));
    expect(loader!.start).toBe(0n);
    expect(string!.start).toBe(0x1000n);
    expect(kernel).toEqual({ start: 0x60000000n, size: 4n * MIB });
    expect(params!.start).toBe(0x60000000n + 5n * MIB);
    expect(initrd).toEqual({ start: params!.start + 0x1000n, size: 3_000_000n });
  });

  test('honours text_offset and image_size', () => {
    const kernel = arm64Kernel(1 << 20, 9n * MIB, 0x80000n);
    const parts = partsOf(planned(arm64Request({ kernel })));
    expect(parts.kernel!.start).toBe(0x60080000n);
    expect(parts.params!.start).toBe(0x60080000n + 9n * MIB);
  });

  test('tells the kernel the true end of the initrd', () => {
    const { params, load } = planned(arm64Request());
    const chosen = parseDtb(params).root.children.find(({ name }) => name === 'chosen')!;
    const value = (name: string): bigint =>
      Buffer.from(chosen.properties.find((each) => each.name === name)!.value).readBigUInt64BE();
    const initrd = load.find((item) => item.kind === 'image' && item.role === 'initrd');
    expect(value('linux,initrd-start')).toBe(initrd!.address);
    expect(value('linux,initrd-end')).toBe(initrd!.address! + 3_000_000n);
  });

  test('uses more than one region', () => {
    const second = armRegion(0x70000000n, 8n * MIB);
    const cell = withRegions(loaderRegion, uartRegion, armRegion(0x60000000n, 6n * MIB), second, commRegion);
    const { initrd, kernel } = partsOf(planned(arm64Request({ cell, initrdSize: 7n * MIB })));
    expect(kernel!.start).toBe(0x60000000n);
    expect(initrd!.start).toBe(0x70000000n);
  });

  test('serves a cell whose DTB would lie in the loader by upstream’s plan (RAM at 0)', () => {
    const cell = withRegions(uartRegion, armRegion(0n, 64n * MIB), commRegion);
    const upstream = errorsOf(arm64Request({ cell, placement: 'upstream' }));
    expect(upstream).toMatchObject([{ code: 'placement/overlap', path: ['dtb'], symptom: 'a silent hang' }]);
    expect(upstream[0]!.message).toContain('the device tree (0x2000..');
    const parts = partsOf(planned(arm64Request({ cell })));
    expect(parts.kernel!.start).toBe(0x200000n);
    for (const role of ['kernel', 'params', 'initrd'])
      expect(parts[role]!.start).toBeGreaterThanOrEqual(0x10000n);
  });

  test('serves an initrd that upstream’s plan puts into the BSS, or out of the region', () => {
    const bss = arm64Kernel(1 << 20, 12n * MIB);
    expect(errorsOf(arm64Request({ kernel: bss, placement: 'upstream' }))).toMatchObject([
      { code: 'placement/overlap', path: ['initrd'], symptom: 'Initramfs unpacking failed: invalid magic' },
    ]);
    planned(arm64Request({ kernel: bss }));

    const initrdSize = 55n * MIB;
    expect(errorsOf(arm64Request({ initrdSize, placement: 'upstream' }))).toMatchObject([
      { code: 'placement/no-ram', path: ['initrd'] },
    ]);
    planned(arm64Request({ initrdSize }));
  });

  test('serves a command line that upstream’s slot for the device tree has no room for', () => {
    const cmdline = `console=ttyAMA0 ${'x'.repeat(8000)}`;
    const [error] = errorsOf(
      arm64Request({
        cmdline,
        kernel: arm64Kernel(1 << 20, 1n * MIB),
        placement: 'upstream',
        cell: withRegions(loaderRegion, uartRegion, armRegion(0x601fe000n, 64n * MIB), commRegion),
      }),
    );
    expect(error).toMatchObject({ code: 'placement/overlap', path: ['dtb'] });
    expect(error!.message).toContain('kernel with its BSS');
    planned(arm64Request({ cmdline }));
  });

  test('finds the loader kept free with a reset address inside of the RAM, and warns of it', () => {
    const cell = withRegions(uartRegion, ramRegion, commRegion);
    cell.header.cpu_reset_address = 0x60000000n;
    const { plan: found, diagnostics } = plan(arm64Request({ cell }));
    expect(diagnostics).toMatchObject([{ code: 'placement/reset-address', severity: 'warning' }]);
    const parts = partsOf(found!);
    expect(parts.loader!.start).toBe(0x60000000n);
    expect(parts.string!.start).toBe(0x60001000n);
    expect(parts.kernel!.start).toBe(0x60200000n);
    expect(parts.params!.start).toBeGreaterThanOrEqual(0x60010000n);
  });
});

describe('what cannot boot is an error', () => {
  test('that lists each region with its reason, where none has the space', () => {
    const cell = withRegions(
      loaderRegion,
      uartRegion,
      armRegion(0x60000000n, 64n * MIB, 0x47n),
      armRegion(0x70000000n, 64n * MIB, 0x0fn),
      armRegion(0x90000000n, 2n * MIB),
      commRegion,
    );
    for (const placement of ['exact', 'upstream'] as const) {
      const errors = errorsOf(
        arm64Request({ cell, placement, ...(placement === 'upstream' ? { initrdSize: 60n * MIB } : {}) }),
      );
      expect(errors[0]!.message).toContain(placement === 'exact' ? 'is not loadable' : 'cannot be loaded');
    }
    const [error] = errorsOf(arm64Request({ cell }));
    expect(error).toMatchObject({ code: 'placement/no-space', path: ['kernel', 'image'] });
    expect(error!.message).toMatch(/memory region 2 .* it lacks dma/);
    expect(error!.message).toMatch(/memory region 4 .* has 2 MiB there, 3 MiB missing/);
  });

  test('with the symptom of what is missing, and its fix', () => {
    const refused = (flags: bigint, size = 64n * MIB) => {
      const cell = withRegions(loaderRegion, uartRegion, armRegion(0x60000000n, size, flags), commRegion);
      const [error] = errorsOf(arm64Request({ cell, initrdSize: 20n * MIB }));
      return [error!.code, error!.symptom, error!.fix];
    };
    const [NO_SPACE, REFUSED] = [
      'No space found to load all images',
      'JAILHOUSE_CELL_LOAD: Invalid argument',
    ];
    expect(refused(0x47n)).toEqual(['placement/no-space', NO_SPACE, expect.stringContaining('DMA')]);
    expect(refused(0x0fn)).toEqual(['placement/no-space', REFUSED, expect.stringContaining('LOADABLE')]);
    expect(refused(0x4fn, 2n * MIB)).toEqual([
      'placement/no-space',
      NO_SPACE,
      expect.stringContaining('build the kernel smaller'),
    ]);
    // The tool does not count the initrd.
    expect(refused(0x4fn, 16n * MIB)).toEqual([
      'placement/no-space',
      REFUSED,
      expect.stringContaining('shrink the initrd'),
    ]);
  });

  test('in upstream’s words, too', () => {
    const [error] = errorsOf(arm64Request({ placement: 'upstream', kernel: arm64Kernel(64 << 20) }));
    expect(error).toMatchObject({ code: 'placement/no-space', symptom: 'No space found to load all images' });
  });

  test('without memory for the loader', () => {
    const [error] = errorsOf(arm64Request({ cell: withRegions(uartRegion, ramRegion, commRegion) }));
    expect(error).toMatchObject({
      code: 'placement/not-loadable',
      symptom: 'JAILHOUSE_CELL_LOAD: Invalid argument',
    });
    expect(error!.message).toContain('loader');
  });

  test('without a comm region where the loader reads it, from revision 9 on', () => {
    const without = (revision: Revision, architecture: 'arm' | 'arm64', ...more: MemoryRegion[]) => {
      const cell = armCell({
        revision,
        architecture,
        memoryRegions: [loaderRegion, uartRegion, ramRegion, ...more],
      });
      const request = architecture === 'arm64' ? arm64Request({ cell }) : armRequest(2 << 20, { cell });
      return supportOf(architecture)
        .plan(request)
        .diagnostics.filter(({ severity }) => severity === 'error');
    };
    for (const architecture of ['arm', 'arm64'] as const) {
      for (const revision of [9, 10, 12, 13, 14] as const) {
        expect(without(revision, architecture)).toMatchObject([
          {
            code: 'placement/comm-region',
            message: 'the loader finds no comm region at 0x80000000..0x80001000: the cell has none',
            symptom: 'Unhandled data read at 0x80000006(2)',
          },
        ]);
        expect(without(revision, architecture, commRegion)).toEqual([]);
      }
      for (const revision of [3, 4, 8] as const) expect(without(revision, architecture)).toEqual([]);
    }
    expect(without(14, 'arm64', armRegion(0x80001000n, 0x1000n, 0x23n))).toMatchObject([
      { code: 'placement/comm-region', fix: 'set its .virt_start to 0x80000000 in the cell config' },
    ]);
  });

  test('with an image in a region that is not loadable, or no RAM', () => {
    const notLoadable = withRegions(
      loaderRegion,
      uartRegion,
      armRegion(0x60000000n, 64n * MIB, 0x0fn),
      commRegion,
    );
    expect(errorsOf(arm64Request({ cell: notLoadable, placement: 'upstream' }))).toMatchObject(
      ['kernel', 'initrd', 'device tree'].map((what) => ({
        code: 'placement/not-loadable',
        message: expect.stringContaining(what),
      })),
    );
  });

  test('with a device tree that the kernel does not map whole', () => {
    const dtb = dtbOf({ '#address-cells': [2], '#size-cells': [2], blob: new Uint8Array(3 << 20) });
    expect(errorsOf(arm64Request({ dtb })).map(({ code }) => code)).toContain('placement/dtb-size');
  });

  test('with an initrd out of the window that the kernel maps', () => {
    const far = armRegion(0x2000000000n, 64n * MIB);
    const cell = withRegions(loaderRegion, uartRegion, armRegion(0x60000000n, 6n * MIB), far, commRegion);
    expect(errorsOf(arm64Request({ cell, initrdSize: 20n * MIB }))).toMatchObject([
      { code: 'placement/reach' },
    ]);
  });

  test('with an address that the tree’s cells do not hold', () => {
    const cell = withRegions(loaderRegion, uartRegion, armRegion(0x870000000n, 64n * MIB));
    for (const placement of ['exact', 'upstream'] as const) {
      const dtb = dtbOf({ '#address-cells': [1], '#size-cells': [1] });
      const { plan: none, diagnostics } = plan(arm64Request({ cell, dtb, placement }));
      expect(none).toBeNull();
      expect(diagnostics[0]).toMatchObject({ code: 'dtb/cells', severity: 'error', path: ['dtb'] });
    }
  });

  test('without a device tree, or with a damaged one', () => {
    expect(plan(arm64Request({ dtb: null })).diagnostics).toMatchObject([
      { code: 'dtb/missing', path: ['dtb'] },
    ]);
    expect(plan(arm64Request({ dtb: new Uint8Array(8) })).diagnostics).toMatchObject([{ code: 'dtb/magic' }]);
  });

  test('of a revision that no release had', () => {
    expect(plan(arm64Request({ cell: armCell({ revision: 11 }) })).diagnostics).toMatchObject([
      { code: 'placement/release' },
    ]);
  });
});

describe('architectures', () => {
  test('cell and kernel must agree', () => {
    expect(agreedArchitecture(null, 'arm64')).toBe('arm64');
    expect(() => agreedArchitecture('arm', 'arm64')).toThrow(InputError);
    const { plan: none, diagnostics } = supportOf('arm').plan(arm64Request());
    expect(none).toBeNull();
    expect(diagnostics).toMatchObject([{ code: 'kernel/format', path: ['kernel', 'image'] }]);
  });

  test('an x86 cell is told that its device tree is not used', () => {
    const { diagnostics } = supportOf('x86').plan({ ...requestFor(), dtb: dtbOf({}) });
    expect(diagnostics).toMatchObject([{ code: 'dtb/unused', severity: 'warning', path: ['dtb'] }]);
  });

  test('the loader comes first and its string second, whatever the release', () => {
    for (const revision of [3, 4, 8, 9, 10, 12, 13, 14] as const) {
      const { load } = planned(arm64Request({ cell: armCell({ revision }) }));
      expect(load[0]).toMatchObject({ role: 'loader', address: revision < 8 ? null : 0n });
      expect(load[1]).toMatchObject({ kind: 'string', address: 0x1000n });
    }
  });

  test('an Image.gz is unpacked by us for any release, by upstream’s tool from 0.9 on', () => {
    const kernel = { ...arm64Kernel(), wrapping: 'gzip' as const };
    planned(arm64Request({ kernel, cell: armCell({ revision: 8 }) }));
    planned(arm64Request({ kernel, cell: armCell({ revision: 9 }), placement: 'upstream' }));
    expect(
      errorsOf(arm64Request({ kernel, cell: armCell({ revision: 8 }), placement: 'upstream' })),
    ).toMatchObject([{ code: 'kernel/wrapped', path: ['kernel', 'image'] }]);
  });
});

describe('a zImage', () => {
  test('gets the room to unpack itself', () => {
    const { plan: found, diagnostics } = supportOf('arm').plan(armRequest(2 << 20));
    expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
    const { kernel, params } = partsOf(found!);
    expect(kernel!.start).toBe(0x60000000n);
    expect(params!.start - kernel!.start).toBeGreaterThan(2n * MIB);
  });

  test('cannot be reached above 4 GiB', () => {
    const cell = armCell({
      architecture: 'arm',
      memoryRegions: [loaderRegion, uartRegion, armRegion(0x870000000n, 64n * MIB), commRegion],
    });
    expect(supportOf('arm').plan(armRequest(2 << 20, { cell })).diagnostics).toMatchObject([
      { code: 'placement/reach' },
    ]);
  });

  test('of an old kernel needs RAM where the 128 MiB around it start', () => {
    const cell = armCell({
      architecture: 'arm',
      memoryRegions: [loaderRegion, uartRegion, armRegion(0x61000000n, 64n * MIB), commRegion],
    });
    expect(supportOf('arm').plan(armRequest(2 << 20, { cell })).diagnostics).toMatchObject([
      { code: 'placement/ram-start', severity: 'warning' },
    ]);
  });

  test('with a device tree behind it is told', async () => {
    const file = makeZImage({ size: 0x1000, appended: dtbOf({}) });
    expect((await examineKernel(file)).notes).toMatchObject([
      { code: 'kernel/appended-dtb', severity: 'warning' },
    ]);
    expect((await examineKernel(makeZImage({ size: 0x1000 }))).notes).toEqual([]);
  });
});
