import { describe, expect, test } from 'vitest';
import { planX86 } from '../../../src/placement/x86/plan.ts';
import {
  commRegion,
  highRam,
  lowRam,
  problemsOf,
  region,
  requestFor,
  type RequestShape,
  said,
} from '../../helpers/x86-request.ts';

const MIB = 1n << 20n;

describe('the initrd', () => {
  const initrdOf = (shape: RequestShape): bigint | undefined => {
    const { plan, diagnostics } = planX86(requestFor(shape));
    expect(diagnostics).toEqual([]);
    return plan!.load.find((item) => item.kind === 'image' && item.role === 'initrd')?.address ?? undefined;
  };

  test('fills its region to the last byte', () => {
    const regions = [lowRam, commRegion, region(0x200000n, 0x1bc0000n + 5_000_000n)];
    expect(initrdOf({ regions })).toBe(0x1dc0000n);
    const shorter = [lowRam, commRegion, region(0x200000n, 0x1bc0000n + 4_999_999n)];
    expect(said({ regions: shorter })).toEqual([
      expect.stringMatching(/^placement\/initrd: .* 1 byte missing$/),
    ]);
  });

  test('ends with initrd_addr_max', () => {
    const last = 0x1dc0000 + 5_000_000 - 1;
    expect(initrdOf({ header: { initrd_addr_max: last } })).toBe(0x1dc0000n);
    expect(said({ header: { initrd_addr_max: last - 1 } })).toHaveLength(1);
  });

  test('lies behind a kernel file that is longer than the run area', () => {
    expect(initrdOf({ size: 0x2000000 })).toBe(0x2ffc000n);
  });

  test('goes around comm regions and around contested memory', () => {
    const comm = region(0x2000000n, 0x1000n, 0x23n);
    expect(
      initrdOf({
        regions: [lowRam, commRegion, region(0x200000n, 0x1e00000n), comm, region(0x2001000n, 64n * MIB)],
      }),
    ).toBe(0x2001000n);
    const contested = { ...region(0x2000000n, 0x800n, 0x83n), phys_start: 0x70000000n };
    expect(initrdOf({ regions: [lowRam, commRegion, highRam, contested] })).toBe(0x2001000n);
  });
});

test('upstream: what it would do, and why that does not boot', () => {
  const upstream: RequestShape = { placement: 'upstream', initrdSize: 20n * MIB };
  expect(problemsOf(upstream)).toMatchObject([
    {
      code: 'placement/overlap',
      message:
        'the initrd (0x1c44000..0x3044000) and the kernel (0xffc000..0x1dc0000) overlap by 1.48 MiB (1556480 bytes) at 0x1c44000',
      symptom: 'Initramfs unpacking failed: invalid magic at start of compressed archive',
      fix: expect.stringContaining('a larger -k factor') as string,
    },
  ]);
  expect(problemsOf({ ...upstream, revision: 3 })[0]!.fix).not.toContain('-k');
  expect(said({ ...upstream, size: 13_500_000 })).toEqual([
    'placement/no-ram: the initrd needs RAM at 0x83dc000..0x97dc000, 20 MiB missing: no memory region of the cell holds 0x83dc000',
  ]);
  expect(said({ ...upstream, header: { initrd_addr_max: 0x2ffffff, init_size: 0x800000 } })).toEqual([
    "placement/initrd: the initrd (0x1c44000..0x3044000) ends 272 KiB above the kernel's initrd_addr_max",
  ]);
  const far = planX86(
    requestFor({ ...upstream, size: 600 << 20, regions: [lowRam, commRegion, region(0x200000n, 1n << 40n)] }),
  );
  expect(far.plan).toBeNull();
  expect(far.diagnostics.map(({ code }) => code)).toEqual(['placement/initrd']);
});
