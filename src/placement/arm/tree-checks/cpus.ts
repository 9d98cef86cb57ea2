import { failure, type Diagnostic } from '../../../base/diagnostic.ts';
import { plural } from '../../../base/text.ts';
import { cpusOf } from '../../../formats/cell/resources.ts';
import { childNamed, propertyOf } from '../../../formats/dtb/edit.ts';
import type { DeviceTree, DtbNode } from '../../../formats/dtb/types.ts';
import { joinCells, readCells, readText, readTexts } from '../../../formats/dtb/values.ts';
import type { TreeRequest } from '../protocols.ts';
import type { TreeBreach, TreeRule } from './rule.ts';
import type { TreeScene } from './scene.ts';

/** By the name or the type; the specification asks for the type, Linux for either. */
const isCpu = (node: DtbNode): boolean =>
  node.name === 'cpu' || node.name.startsWith('cpu@') || readText(propertyOf(node, 'device_type')) === 'cpu';

/** Linux takes CPUs that are off for absent, unless they can be brought up. */
const isOff = (node: DtbNode): boolean =>
  !['okay', 'ok', null].includes(readText(propertyOf(node, 'status')));

const list = (numbers: readonly (number | bigint)[]): string =>
  numbers.length === 0 ? 'none' : numbers.join(', ');

const cpuNodes = ({ root }: DeviceTree): DtbNode[] =>
  (childNamed(root, 'cpus')?.children ?? []).filter(isCpu);

export const presentCpus = (tree: DeviceTree): DtbNode[] => cpuNodes(tree).filter((node) => !isOff(node));

/** Cores that have no 64-bit state. */
const ARMV7 = /^arm,cortex-a(?:5|7|8|9|12|15|17)$/;

/** Whether the device tree is for another architecture; no opinion, and not to be waived. */
export function checkCores({ architecture }: TreeRequest, tree: DeviceTree): Diagnostic[] {
  const old = cpuNodes(tree)
    .flatMap((node) => readTexts(propertyOf(node, 'compatible')))
    .find((each) => ARMV7.test(each));
  if (architecture !== 'arm64' || old === undefined) return [];
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

/** Numbers of CPUs below it are those of one cluster, and so the MPIDRs; others cannot be compared. */
const CLUSTER_SIZE = 8;

const idOf = (node: DtbNode): bigint => joinCells(readCells(propertyOf(node, 'reg')));

function* findMismatch(scene: TreeScene): Iterable<TreeBreach> {
  const { cell, architecture } = scene.request;
  const is64Bit = architecture === 'arm64';
  const present = presentCpus(scene.tree);
  const wanted = cpusOf(cell);
  const ids = present.map(idOf).toSorted((a, b) => (a < b ? -1 : 1));
  // A kernel with one CPU runs on it, whatever the node says.
  if (ids.length === 1 && wanted.length === 1) return;
  const sides = { requested: `CPUs ${list(wanted)}`, actual: `cpu nodes with reg ${list(ids)}` };
  const isComparable = [...ids, ...wanted].every((id) => id < CLUSTER_SIZE);
  const [boot] = wanted;
  if (isComparable && boot !== undefined && !ids.includes(BigInt(boot)) && scene.gic !== null && is64Bit) {
    yield {
      message: `the cell boots on CPU ${boot}, its lowest, for which the device tree has no cpu node`,
      ...sides,
      symptom: 'no output; with earlycon `missing boot CPU MPIDR`',
    };
  } else if (ids.length !== wanted.length) {
    yield {
      severity: 'warning',
      message: `the device tree has ${plural(ids.length, 'CPU')}, the cell ${wanted.length}`,
      ...sides,
    };
  } else if (isComparable && ids.some((id, index) => id !== BigInt(wanted[index]!))) {
    yield {
      severity: 'warning',
      message: `the device tree's CPUs (reg ${list(ids)}) are not the cell's (${list(wanted)})`,
      ...sides,
    };
  }
  const methods = present.map((node) => readText(propertyOf(node, 'enable-method')));
  const without = present.filter((_, index) => methods[index] !== 'psci').map(({ name }) => name);
  if (is64Bit && wanted.length > 1 && ids.length > 1 && without.length > 0) {
    const other = methods.find((method) => method !== null && method !== 'psci');
    yield {
      severity: 'warning',
      message: `${without.join(', ')} of the device tree ${other == null ? 'do not say how they are started' : `would be started by "${other}"`}`,
      requested: 'enable-method = "psci"',
      actual: other == null ? 'no enable-method' : `enable-method = "${other}"`,
      fix: 'write enable-method = "psci" to each cpu node',
    };
  }
}

export const CPUS_RULE: TreeRule = {
  id: 'dtb/cpus',
  severities: ['error', 'warning'],
  reason: 'the kernel starts the CPUs that the device tree has, and knows its first one by it',
  symptom: 'the guest starts with fewer CPUs than the cell has',
  fix: 'write one cpu node for each CPU of the cell, with the MPIDR of that CPU as reg',
  source: 'Linux, arch/arm64/kernel/smp.c and cpu_ops.c; seen under a real Jailhouse',
  find: findMismatch,
};
