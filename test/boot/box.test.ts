import { describe, expect, test } from 'vitest';
import { boxBlob } from '../../src/boot/blob.ts';
import { layOutBox, type Box } from '../../src/boot/box.ts';
import { pieceName } from '../../src/boot/load.ts';
import { x86Machine } from '../../src/boot/x86.ts';
import { boxSubject } from '../helpers/boxes.ts';
import { refusalOf } from '../helpers/input-error.ts';
import { makeMachine } from '../helpers/machine.ts';

const box = (changes: Parameters<typeof boxSubject>[0] = {}): Box => {
  const subject = boxSubject(changes);
  const laidOut = layOutBox(subject, x86Machine(subject));
  if ('code' in laidOut) throw new Error(laidOut.message);
  return laidOut;
};

const blobOf = (changes: Parameters<typeof boxSubject>[0] = {}) => boxBlob.decode(box(changes).blob);

describe('the blob says what the cell config says', () => {
  test('CPUs, reset address, ports, pins, name', () => {
    const blob = blobOf();
    expect(blob.cpus.slice(0, blob.num_cpus)).toEqual([
      { id: 2, qemu: 2, mpidr: 0n },
      { id: 3, qemu: 3, mpidr: 0n },
    ]);
    expect(Buffer.from(blob.name).toString().replaceAll('\0', '')).toBe('demo');
    const allowed = [...blob.ports.entries()].flatMap(([byte, bits]) =>
      [...Array(8).keys()].filter((bit) => !(bits & (1 << bit))).map((bit) => byte * 8 + bit),
    );
    expect(allowed).toEqual([...Array(8).keys()].map((port) => 0x3f8 + port));
    expect(blob).toMatchObject({ architecture: 0, flags: 0b110, ioapic_pins: [0x10, 0, 0, 0] });
  });

  test('without an irqchip there is no IOAPIC', () => {
    expect(blobOf({ irqchips: [] })).toMatchObject({ flags: 0b100, ioapic_pins: [0, 0, 0, 0] });
  });

  test('the console of the hypervisor, if the cell may write to it', () => {
    expect(blobOf().comm_flags).toBe(0);
    expect(blobOf({ flags: 0x4000_0000 }).comm_flags).toBe(1);
    expect(blobOf({ flags: 0xc000_0000 }).comm_flags).toBe(3);
  });
});

describe('the machine', () => {
  test('is as the system config says', () => {
    const { system } = makeMachine({ revision: 14, architecture: 'x86', cpus: [2] });
    Object.assign(system.platform.fields, { apic_mode: 2, pm_timer_address: 0x808 });
    system.pciMmconfigBase = 0xe000_0000n;
    const subject = { ...boxSubject(), system };
    expect(x86Machine(subject)).toMatchObject({
      x2apic: true,
      pmTimer: 0x808,
      mmconfig: { base: 0xe000_0000n },
      assumed: [],
    });
  });

  test('is as usual without one, and that is told', () => {
    const { assumed, pmTimer } = x86Machine(boxSubject());
    expect(pmTimer).toBe(0x608);
    expect(assumed).toEqual([
      'without a system config (--system), the PM timer is taken to be at port 0x608, MMCONFIG at 0xb0000000, and the APIC in xAPIC mode',
    ]);
  });
});

test.each([
  ['none', [], 'boot/unsupported: the cell has no CPU'],
  ['254', [3, 254], 'none'],
  ['255', [255], 'boot/unsupported: QEMU has no CPU 255 here'],
  ['65 of them', Array.from({ length: 65 }, (_, id) => id), 'boot/too-large: the cell has 65 CPUs'],
])('CPUs: %s', (_, ids, refusal) => {
  const cpus = new Uint8Array(32);
  for (const id of ids) cpus[id >> 3]! |= 1 << (id & 7);
  const subject = boxSubject();
  const changed = { ...subject, cell: { ...subject.cell, cpus } };
  expect(refusalOf(() => layOutBox(changed, x86Machine(changed)))).toBe(refusal);
});

describe('images', () => {
  test('lie in QEMU as `cell load` leaves them: the params in the hole of the loader', () => {
    expect(box().pieces.map((piece) => [pieceName(piece), piece.range.start, piece.range.size])).toEqual([
      ['loader-0x0', 0x80_0000n, 0x1000n],
      ['params-0x1000', 0x80_1000n, 0x1800n],
      ['loader-0x2800', 0x80_2800n, 0x2800n],
      ['kernel-0x1000000', 0x1a0_0000n - 0x20_0000n, 0x10_0000n],
    ]);
  });

  test('that `cell load` would not take are refused with its words', () => {
    const subject = boxSubject();
    const load = subject.load.map((image) =>
      image.role === 'kernel' ? { ...image, address: 0x4a8_0000n } : image,
    );
    const refused = layOutBox({ ...subject, load }, x86Machine(subject));
    expect(refused).toMatchObject({
      code: 'boot/refused',
      severity: 'error',
      symptom: 'JAILHOUSE_CELL_LOAD: Invalid argument',
      message: expect.stringContaining('would refuse the kernel at 0x4a80000..0x4b80000: '),
    });
  });
});
