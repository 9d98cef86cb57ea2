import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkCell, checkMachine, checkTogether, isAboutOneCell } from '../../../src/checks/cell/check.ts';
import type { Revision } from '../../../src/formats/cell/releases.ts';
import type { Architecture } from '../../../src/base/choices.ts';
import { CASES } from '../../fixtures/cell-check/cases.ts';
import { at, makeMachine, type MachineShape } from '../../helpers/machine.ts';
import { oneIn } from '../../helpers/runs.ts';

const REVISIONS: readonly Revision[] = [3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14];
const ARCHITECTURES: readonly Architecture[] = ['x86', 'arm', 'arm64'];

/** Machines of 2 to 8 cells with up to 4 links; the last links the root cell with the first cell. */
const shapes: fc.Arbitrary<MachineShape> = fc
  .record({
    revision: fc.constantFrom(...REVISIONS),
    architecture: fc.constantFrom(...ARCHITECTURES),
    cpus: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 2, maxLength: 8 }),
  })
  .chain(({ revision, architecture, cpus }) => {
    const ends = Array.from({ length: cpus.length + 1 }, (_, index) => index - 1);
    const links = fc.array(fc.subarray(ends, { minLength: 2, maxLength: revision < 12 ? 2 : ends.length }), {
      maxLength: 3,
    });
    return links.map((found) => ({ revision, architecture, cpus, links: [...found, [-1, 0]] }));
  });

const applies = (id: string, { revision, architecture }: MachineShape): boolean => {
  const { since = 3, until = 14, architecture: only = architecture } = CASES[id]!;
  return only === architecture && since <= revision && revision <= until;
};

describe('checkMachine', () => {
  it('finds nothing in a machine whose configs fit together', () => {
    fc.assert(
      fc.property(shapes, (shape) => {
        const { system, cells } = makeMachine(shape);
        expect(checkMachine(system, cells)).toEqual([]);
      }),
      { numRuns: oneIn(10) },
    );
  });

  it('finds exactly the fault that is put into such a machine', () => {
    fc.assert(
      fc.property(shapes, fc.constantFrom(...Object.keys(CASES)), (shape, id) => {
        fc.pre(applies(id, shape));
        const machine = makeMachine(shape);
        CASES[id]!.breaks(machine);
        const codes = checkMachine(machine.system, machine.cells, machine.facts).map(({ code }) => code);
        expect([...new Set(codes)]).toEqual([id]);
      }),
      { numRuns: oneIn(5) },
    );
  });

  it('finds in the cells one by one and together what it finds at once, but for lonely devices', () => {
    fc.assert(
      fc.property(shapes, fc.constantFrom(...Object.keys(CASES)), (shape, id) => {
        fc.pre(applies(id, shape));
        const machine = makeMachine(shape);
        CASES[id]!.breaks(machine);
        const { system, cells, facts } = machine;
        const messages = (findings: readonly { message: string }[]) => findings.map(({ message }) => message);
        const apart = [
          ...cells.flatMap((cell) => checkCell(system, cell, facts)),
          ...checkTogether(system, cells),
        ];
        const atOnce = checkMachine(system, cells, facts).filter(({ code }) => code !== 'cell/shmem-alone');
        expect(new Set(messages(apart))).toEqual(new Set(messages(atOnce)));
      }),
      { numRuns: oneIn(20) },
    );
  });
});

describe('checkCell', () => {
  it('judges a cell by itself where the machine is not known', () => {
    const { cells } = makeMachine({ revision: 14, architecture: 'x86', cpus: [1] });
    expect(checkCell(null, cells[0]!)).toEqual([]);
    cells[0]!.cpus[0] = 3;
    cells[0]!.memoryRegions[1]!.virt_start = 0n;
    expect(checkCell(null, cells[0]!).map(({ code, path }) => [code, path])).toEqual([
      ['cell/cpu-0', ['cell']],
      ['cell/memory-overlap', ['cell']],
    ]);
  });

  it('wants no CPUs of a root cell that has none', () => {
    const { system, cells } = makeMachine({ revision: 14, architecture: 'arm64', cpus: [1] });
    system.rootCell.cpus.fill(0);
    expect(checkCell(system, cells[0]!)).toMatchObject([
      {
        code: 'cell/cpus-outside-root',
        requested: 'a root cell that has CPUs',
        actual: "root cell 'machine' has none",
      },
    ]);
    expect(checkMachine(system, [])).toMatchObject([{ code: 'cell/implausible', actual: 'no CPU' }]);
  });

  it('tells of one wrong size once, with all the regions that it reaches', () => {
    const { cells } = makeMachine({ revision: 14, architecture: 'x86', cpus: [1] });
    const [cell] = cells;
    const { length } = cell!.memoryRegions;
    const wide = at(0x40000000n, 16n << 20n, 0x0fn, 0xa0000000n);
    const shadowed = Array.from({ length: 12 }, (_, index) =>
      at(0x50000000n + BigInt(index << 20), 1n << 20n, 0x0fn, 0xa0100000n + BigInt(index << 20)),
    );
    cell!.memoryRegions.push(wide, ...shadowed);
    const [finding, ...others] = checkCell(null, cell!);
    expect(others).toEqual([]);
    expect(finding).toMatchObject({
      code: 'cell/memory-alias',
      message: `cell 'cell-0': memory region ${length} (0xa0000000..0xa1000000, 16 MiB) and 12 other memory regions are the same physical memory`,
      requested: `the regions ${length + 1}-${length + 12} apart from 0xa0000000..0xa1000000`,
      actual: '12 of them overlap it',
    });
    expect(finding!.detail!.split('\n')).toHaveLength(12);
  });

  it('tells of faults of the root cell alone in one warning for each rule', () => {
    const { system, cells } = makeMachine({ revision: 14, architecture: 'x86', cpus: [1] });
    const { memoryRegions } = system.rootCell;
    memoryRegions.push(
      at(0x40000000n, 1n << 20n, 0xfn),
      at(0xfee00000n, 0x1000n, 3n),
      at(0xfec00000n, 0x1000n, 3n),
    );
    expect(checkCell(system, cells[0]!)).toMatchObject([
      { code: 'cell/memory-overlap', severity: 'warning' },
      {
        code: 'cell/intercepted',
        severity: 'warning',
        message:
          "the root cell's own config has 2 findings of cell/intercepted: `jailhouse-bundle cell check SYSTEM` lists them",
      },
    ]);
    expect(checkMachine(system, cells).map(({ code, severity }) => `${severity} ${code}`)).toEqual([
      'warning cell/memory-overlap',
      'warning cell/intercepted',
      'warning cell/intercepted',
    ]);
    // What Jailhouse refuses is an error of the machine, and none of the guest.
    for (const region of memoryRegions) region.flags &= ~4n;
    const told = (findings: readonly { code: string; severity: string }[]) =>
      findings.filter(({ code }) => code === 'system/no-ram').map(({ severity }) => severity);
    expect(told(checkCell(system, cells[0]!))).toEqual(['warning']);
    expect(told(checkMachine(system, cells))).toEqual(['error']);
  });

  it('knows that the cell boots Linux, which gives the hypervisor no answers', () => {
    const { system, cells } = makeMachine({ revision: 14, architecture: 'arm64', cpus: [1] });
    const [cell] = cells;
    cell!.header.flags = 0;
    expect(checkCell(system, cell!)).toMatchObject([{ code: 'cell/passive-commreg', severity: 'error' }]);
    expect(checkMachine(system, cells)).toMatchObject([
      { code: 'cell/passive-commreg', severity: 'warning' },
    ]);
    cell!.header.msg_reply_timeout = 1000n;
    expect(checkCell(system, cell!)).toMatchObject([
      {
        code: 'cell/passive-commreg',
        severity: 'warning',
        symptom: expect.stringContaining('as failed') as string,
      },
    ]);
  });

  it('refuses RAM that is shared memory, once for all sections', () => {
    const { system, cells } = makeMachine({ revision: 14, architecture: 'x86', cpus: [1], links: [[-1, 0]] });
    const [cell] = cells;
    cell!.memoryRegions[0]!.phys_start = cell!.memoryRegions[3]!.phys_start;
    const aliases = checkCell(system, cell!).filter(({ code }) => code === 'cell/memory-alias');
    expect(aliases).toMatchObject([
      {
        severity: 'error',
        message: expect.stringMatching(/memory region 0 .* and 3 other memory regions/) as string,
      },
    ]);
  });

  it('compares no region with itself, even where a device names the RAM as its section', () => {
    const { system, cells } = makeMachine({ revision: 14, architecture: 'x86', cpus: [1], links: [[-1, 0]] });
    cells[0]!.pciDevices.at(-1)!.shmem_regions_start = 0;
    expect(checkCell(system, cells[0]!).map(({ code }) => code)).not.toContain('cell/memory-alias');
  });

  it('tells of the hypervisor memory once, not again as memory that the root cell lacks', () => {
    const { system, cells } = makeMachine({ revision: 14, architecture: 'x86', cpus: [1] });
    const { phys_start } = system.hypervisorMemory;
    const inside = Array.from({ length: 12 }, (_, index) =>
      at(0x40000000n + BigInt(index) * 0x2000n, 0x1000n, 3n, phys_start + BigInt(index) * 0x2000n),
    );
    cells[0]!.memoryRegions.push(...inside);
    expect(checkCell(system, cells[0]!)).toMatchObject([
      {
        code: 'cell/hypervisor-memory',
        message: expect.stringContaining('12 memory regions overlap') as string,
      },
    ]);
  });

  it('leaves an empty slot among the irqchips alone', () => {
    const { system, cells } = makeMachine({ revision: 14, architecture: 'arm64', cpus: [1] });
    cells[0]!.irqchips.push({ address: 0n, id: 0, pin_base: 0, pin_bitmap: [0, 0, 0, 0] });
    expect(checkCell(system, cells[0]!)).toEqual([]);
  });

  it('holds nothing else against a system config of another architecture', () => {
    const { cells } = makeMachine({ revision: 12, architecture: 'x86', cpus: [1] });
    const { system } = makeMachine({ revision: 14, architecture: 'arm64', cpus: [1], links: [[-1, 0]] });
    expect(checkCell(system, cells[0]!).map(({ code }) => code)).toEqual(['system/architecture']);
  });

  it('keeps what is wrong with another cell than the one of another architecture', () => {
    const { system, cells } = makeMachine({ revision: 14, architecture: 'x86', cpus: [1, 2] });
    const [foreign] = makeMachine({ revision: 14, architecture: 'arm64', cpus: [1] }).cells;
    cells[1]!.cpus[0] = 0x81;
    expect(checkMachine(system, [foreign!, cells[1]!]).map(({ code, cells: of }) => [code, of])).toEqual([
      ['system/architecture', [0]],
      ['cell/cpu-0', [1]],
      ['cell/cpus-outside-root', [1]],
    ]);
  });

  it('points at the system config for what is wrong in the root cell alone', () => {
    const { system, cells } = makeMachine({ revision: 12, architecture: 'arm64', cpus: [1] });
    system.rootCell.pciDevices[0]!.num_caps = 2;
    expect(checkCell(system, cells[0]!)).toMatchObject([{ code: 'cell/reference', path: ['system'] }]);
  });

  it('knows which rules it sees all of', () => {
    expect(isAboutOneCell('cell/huge-pages')).toBe(true);
    expect(isAboutOneCell('cell/memory-shared')).toBe(false);
    expect(isAboutOneCell('kernel/serio')).toBe(false);
  });
});
