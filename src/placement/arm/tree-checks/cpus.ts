import { cpusOf } from '../../../formats/cell/resources.ts';
import { failure, type Diagnostic } from '../../../base/diagnostic.ts';
import { childNamed, propertyOf } from '../../../formats/dtb/edit.ts';
import type { DeviceTree, DtbNode } from '../../../formats/dtb/types.ts';
import { joinCells, readCells, readText, readTexts } from '../../../formats/dtb/values.ts';
import type { ArmRequest } from '../protocols.ts';
import { plural } from '../../../base/text.ts';

const isCpu = (node: DtbNode): boolean => readText(propertyOf(node, 'device_type')) === 'cpu';

/** Linux takes CPUs that are off for absent, unless they can be brought up. */
const isOff = (node: DtbNode): boolean =>
  !['okay', 'ok', null].includes(readText(propertyOf(node, 'status')));

const list = (numbers: readonly (number | bigint)[]): string =>
  numbers.length === 0 ? 'none' : numbers.join(', ');

/** Cores that have no 64-bit state. */
const ARMV7 = /^arm,cortex-a(?:5|7|8|9|12|15|17)$/;

function checkCores(nodes: readonly DtbNode[], is64Bit: boolean): Diagnostic[] {
  const old = nodes
    .flatMap((node) => readTexts(propertyOf(node, 'compatible')))
    .find((each) => ARMV7.test(each));
  if (!is64Bit || old === undefined) return [];
  return [
    failure('dtb/architecture', `the device tree has 32-bit cores (${old}), the kernel is for arm64`, {
      requested: 'the device tree of an arm64 cell',
      actual: old,
      symptom: 'a silent hang',
      fix: 'give the device tree and the kernel of the same board',
      path: ['dtb'],
    }),
  ];
}

const mismatch = (message: string, requested: string, actual: string): Diagnostic => ({
  code: 'dtb/cpus',
  severity: 'warning',
  message,
  requested,
  actual,
  symptom: 'the guest starts with fewer CPUs than the cell has',
  fix: 'write one cpu node for each CPU of the cell, with the MPIDR of that CPU as reg',
  path: ['dtb'],
});

/** Whether a device tree's CPUs are the cell's. */
export function checkCpus({ cell, kernel }: ArmRequest, tree: DeviceTree): Diagnostic[] {
  const nodes = (childNamed(tree.root, 'cpus')?.children ?? []).filter(isCpu);
  const present = nodes.filter((node) => !isOff(node));
  const wanted = cpusOf(cell);
  const problems = checkCores(nodes, kernel.image.format === 'Image');
  const ids = present
    .map((node) => joinCells(readCells(propertyOf(node, 'reg'))))
    .toSorted((a, b) => (a < b ? -1 : 1));
  if (ids.length !== wanted.length) {
    problems.push(
      mismatch(
        `the device tree has ${plural(ids.length, 'CPU')}, the cell ${wanted.length}`,
        `CPUs ${list(wanted)}`,
        `cpu nodes with reg ${list(ids)}`,
      ),
    );
    // Where the numbers of CPUs are no MPIDRs (several clusters), they cannot be compared.
  } else if (ids.every((id) => id < 8n) && ids.some((id, index) => id !== BigInt(wanted[index]!))) {
    problems.push(
      mismatch(
        `the device tree's CPUs (reg ${list(ids)}) are not the cell's (${list(wanted)})`,
        `CPUs ${list(wanted)}`,
        `cpu nodes with reg ${list(ids)}`,
      ),
    );
  }
  const psci = tree.root.children.some(({ name }) => name === 'psci' || name.startsWith('psci@'));
  if (wanted.length > 1 && !psci) {
    problems.push(
      mismatch(
        'the device tree has no /psci node, which the kernel needs to start its other CPUs',
        'a /psci node',
        'none',
      ),
    );
  }
  return problems;
}
