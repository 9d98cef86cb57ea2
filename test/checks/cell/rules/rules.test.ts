import assert from 'node:assert/strict';
import { describe, expect, it } from 'vitest';
import { checkMachine } from '../../../../src/checks/cell/check.ts';
import { CELL_RULES } from '../../../../src/checks/cell/rules/index.ts';
import { encodeCellConfig, parseCellConfig } from '../../../../src/formats/cell/config.ts';
import type { Revision } from '../../../../src/formats/cell/releases.ts';
import { encodeSystemConfig, parseSystemConfig } from '../../../../src/formats/cell/system.ts';
import type { Architecture } from '../../../../src/base/choices.ts';
import { CASES } from '../../../fixtures/cell-check/cases.ts';
import { makeMachine, type Machine } from '../../../helpers/machine.ts';
import { oneIn, somePlaces } from '../../../helpers/runs.ts';

const machineFor = (id: string, revision: Revision, architecture: Architecture): (() => Machine) | null => {
  const { since = 3, until = 14, architecture: only = architecture } = CASES[id]!;
  if (only !== architecture || revision < since || revision > until) return null;
  const links: [number, number][] = [
    [1, 2],
    [-1, 0],
  ];
  return () => makeMachine({ revision, architecture, cpus: [1, 2, 1], links });
};

const KINDS = ([3, 8, 10, 11, 12, 13, 14] as const).flatMap((revision) =>
  (['x86', 'arm', 'arm64'] as const).map((architecture) => ({ revision, architecture })),
);

/** One of each kind, or of as many as there are runs for. */
function machinesFor(id: string): Machine[] {
  const made = KINDS.flatMap(({ revision, architecture }) => {
    const make = machineFor(id, revision, architecture);
    return make === null ? [] : [make];
  });
  return somePlaces(made.length, oneIn(40)).map((place) => made[place]!());
}

const codesIn = ({ system, cells, facts }: Machine): string[] => [
  ...new Set(checkMachine(system, cells, facts).map(({ code }) => code)),
];

describe('the table of rules about cells', () => {
  it('has a pair of fixtures for each rule, and none without a rule', () => {
    expect(Object.keys(CASES).toSorted()).toEqual(CELL_RULES.map(({ id }) => id).toSorted());
  });

  it.each(CELL_RULES)('says all that a report needs: $id', ({ id, symptom, fix }) => {
    expect(id).toMatch(/^(?:cell|system|root)\/[a-z0-9-]+$/);
    for (const text of [symptom, fix]) expect(text).toMatch(/^\S[^\n]*[^\s.]$/);
  });

  it.each(CELL_RULES)(
    'finds what breaks $id, and nothing else',
    ({ id, severity, symptom, fix, refusesRoot }) => {
      const machines = machinesFor(id);
      expect(machines.length).toBeGreaterThan(0);
      for (const machine of machines) {
        CASES[id]!.breaks(machine);
        const findings = checkMachine(machine.system, machine.cells, machine.facts);
        assert(findings.length > 0);
        for (const finding of findings) {
          const { severity: told, ownWords = false } = CASES[id]!;
          // What the root cell breaks alone keeps the machine running.
          const isOfRoot = finding.cells.length === 0 && severity === 'error' && !refusesRoot;
          const expected = isOfRoot ? 'warning' : (told?.(machine.system.revision) ?? severity);
          assert.deepEqual([finding.code, finding.severity], [id, expected]);
          if (!ownWords) assert.deepEqual([finding.fix, finding.symptom], [fix, symptom]);
          assert.notEqual(finding.requested, finding.actual);
          assert.match(finding.message, /^\S[^\n]*[^\s.]$/);
          for (const index of finding.cells) {
            assert.match(finding.message, new RegExp(`cell-${index}|two cells`));
          }
        }
      }
    },
  );

  it.each(CELL_RULES)('is content with what keeps $id', ({ id }) => {
    for (const machine of machinesFor(id)) {
      CASES[id]!.keeps(machine);
      assert.deepEqual(checkMachine(machine.system, machine.cells, machine.facts), []);
    }
  });

  it('finds the same in the files as in the objects', () => {
    for (const machine of machinesFor('cell/memory-shared')) {
      CASES['cell/memory-shared']!.breaks(machine);
      const { architecture } = machine.system;
      const system = parseSystemConfig(encodeSystemConfig(machine.system), architecture);
      const cells = machine.cells.map((cell) => parseCellConfig(encodeCellConfig(cell)));
      expect(codesIn({ system, cells, facts: null })).toEqual(['cell/memory-shared']);
    }
  });
});
