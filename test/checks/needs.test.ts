import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { coverageOf, type RuleInput, type RuleState } from '../../src/checks/coverage.ts';
import { checkCell, checkMachine, coverageOfCell } from '../../src/checks/cell/check.ts';
import { cellCoverage } from '../../src/checks/cell/coverage.ts';
import { CELL_RULES } from '../../src/checks/cell/rules/index.ts';
import { makeScene } from '../../src/checks/cell/scene.ts';
import { judgeKernel, type KernelEvidence } from '../../src/checks/kernel/check.ts';
import { isSetTo } from '../../src/formats/kernel/kconfig.ts';
import type { RootFacts } from '../../src/formats/root/facts.ts';
import { CASES } from '../fixtures/cell-check/cases.ts';
import { makeEvidence } from '../helpers/kernel-evidence.ts';
import { makeMachine, type Machine } from '../helpers/machine.ts';
import { NO_CONFIG } from '../helpers/rule-cases/case.ts';
import { RULE_CASES } from '../helpers/rule-cases/index.ts';
import { RUNS } from '../helpers/runs.ts';

/** What a rule finds although it was not checked, and what it was found to need although that is there. */
function faultsIn(
  states: readonly RuleState[],
  findings: readonly { code: string }[],
  isThere: (input: RuleInput) => boolean,
): string[] {
  const found = new Set(findings.map(({ code }) => code));
  return states.flatMap((each) => {
    if (each.state === 'checked') return [];
    const needless = each.state === 'lacking' ? each.lacking.filter(isThere) : [];
    return [
      ...(found.has(each.id) ? [`${each.id} is ${each.state}, and found something`] : []),
      ...needless.map((input) => `${each.id} needs ${input}, which is there`),
    ];
  });
}

const some = <T>(all: readonly T[]): fc.Arbitrary<T[]> => fc.subarray([...all], { minLength: 0 });

describe('rules about kernels', () => {
  const KERNELS = Object.entries(RULE_CASES).flatMap(([id, { breaks, satisfies }]) =>
    [...breaks, ...satisfies].map((change, index) => ({ name: `${id} ${index}`, change })),
  );
  const GIVEN = ['config', 'image', 'contents', 'cmdline', 'cell', 'system', 'initrd'] as const;

  function without(evidence: KernelEvidence, gone: readonly (typeof GIVEN)[number][]): KernelEvidence {
    const left = { ...evidence };
    for (const each of gone) {
      if (each === 'config') left.config = NO_CONFIG;
      else if (each === 'system') left.cell &&= { ...left.cell, system: null };
      else left[each] = null;
    }
    return left;
  }

  const isThereIn =
    ({ config, cell, ...rest }: KernelEvidence) =>
    (input: RuleInput): boolean => {
      if (input === 'system') return cell !== null && cell.system !== null;
      if (input === 'cell') return cell !== null;
      if (input === 'image' || input === 'contents' || input === 'cmdline' || input === 'initrd')
        return rest[input] !== null;
      // A config says nothing of a symbol if it is not whole, and nothing at all if it is for another architecture.
      const own = config.source === 'none' ? null : config.config;
      return input === 'config' && own !== null && !own.isPartial && isSetTo(own, 'X86', 'y');
    };

  test('find nothing without what they need, and need only what is not there', () => {
    fc.assert(
      fc.property(fc.constantFrom(...KERNELS), some(GIVEN), ({ change }, gone) => {
        const evidence = without(makeEvidence(change), gone);
        const { states, findings } = judgeKernel(evidence);
        expect(faultsIn(states, findings, isThereIn(evidence))).toEqual([]);
      }),
      { numRuns: RUNS * 2 },
    );
  });

  test('are checked where they find something', () => {
    for (const [id, { breaks }] of Object.entries(RULE_CASES)) {
      for (const change of breaks) {
        const { states } = judgeKernel(makeEvidence(change));
        expect(states.find((state) => state.id === id)?.state).toBe('checked');
      }
    }
  });
});

describe('rules about cells', () => {
  const KINDS = ([3, 8, 11, 13, 14] as const).flatMap((revision) =>
    (['x86', 'arm', 'arm64'] as const).map((architecture) => ({ revision, architecture })),
  );

  /** A machine of which every rule's case is broken, or kept. */
  function machineOf(
    id: string,
    { revision, architecture }: (typeof KINDS)[number],
    how: 'breaks' | 'keeps',
  ) {
    const { since = 3, until = 14, architecture: only = architecture } = CASES[id]!;
    if (only !== architecture || revision < since || revision > until) return null;
    const links: [number, number][] = [
      [1, 2],
      [-1, 0],
    ];
    const machine = makeMachine({ revision, architecture, cpus: [1, 2, 1], links });
    CASES[id]![how](machine);
    return machine;
  }

  interface Given {
    id: string;
    how: 'breaks' | 'keeps';
    machine: Machine;
  }

  const machines = fc
    .tuple(
      fc.constantFrom(...CELL_RULES.map(({ id }) => id)),
      fc.constantFrom(...KINDS),
      fc.constantFrom('breaks' as const, 'keeps' as const),
    )
    .map(([id, kind, how]): Given[] => {
      const machine = machineOf(id, kind, how);
      return machine === null ? [] : [{ id, how, machine }];
    })
    .filter(({ length }) => length > 0)
    .map(([given]) => given!);

  const KNOWN = ['board', 'cmdline', 'iomem', 'kernelConfig'] as const satisfies (keyof RootFacts)[];
  const forget = ({ facts }: Machine, gone: readonly (keyof RootFacts)[]): RootFacts | null =>
    facts && { ...facts, ...Object.fromEntries(gone.map((each) => [each, null])) };

  /** Of RAM, several inputs may tell: these are not compared. */
  const isThereOf =
    (facts: RootFacts | null, hasSystem: boolean, hasOthers: boolean) =>
    (input: RuleInput): boolean => {
      switch (input) {
        case 'system':
          return hasSystem;
        case 'other-cells':
        case 'all-cells':
          return hasOthers;
        case 'other-end':
          return hasSystem || hasOthers;
        case 'board':
        case 'iomem':
          return (facts?.[input] ?? null) !== null;
        case 'root-config':
          return (facts?.kernelConfig ?? null) !== null;
        default:
          return false;
      }
    };

  test('find nothing of a cell without what they need, and need only what is not there', () => {
    fc.assert(
      fc.property(machines, some(KNOWN), fc.boolean(), fc.nat(2), ({ machine }, gone, hasSystem, index) => {
        const facts = forget(machine, gone);
        const system = hasSystem ? machine.system : null;
        const cell = machine.cells[index % machine.cells.length]!;
        const states = coverageOfCell(system, cell, facts);
        expect(faultsIn(states, checkCell(system, cell, facts), isThereOf(facts, hasSystem, false))).toEqual(
          [],
        );
      }),
      { numRuns: RUNS },
    );
  });

  test('find nothing of a machine without what they need, and do not pass for want of it', () => {
    fc.assert(
      fc.property(machines, some(KNOWN), ({ id, how, machine }, gone) => {
        const { system, cells } = machine;
        const facts = forget(machine, gone);
        const findings = checkMachine(system, cells, facts);
        const states = cellCoverage(makeScene(system, cells, true, facts));
        expect(faultsIn(states, findings, isThereOf(facts, true, cells.length > 1))).toEqual([]);
        if (how === 'keeps') return;
        const { outcome } = coverageOf(states, findings).each.find(({ rule }) => rule === id)!;
        expect(['found', 'needs-input']).toContain(outcome);
      }),
      { numRuns: RUNS },
    );
  });
});
