import type { Diagnostic } from '../../../base/diagnostic.ts';
import { propertyOf } from '../../../formats/dtb/edit.ts';
import type { DeviceTree } from '../../../formats/dtb/types.ts';
import { readCell } from '../../../formats/dtb/values.ts';
import type { TreeRequest } from '../protocols.ts';
import { checkCores } from './cpus.ts';
import type { TreeRule } from './rule.ts';
import { TREE_RULES } from './rules.ts';
import { treeScene, type TreeScene } from './scene.ts';

/** The memory node is written with 1 or 2 cells a number; anything else is read with others. */
function checkCells({ root }: DeviceTree): Diagnostic[] {
  return (['#address-cells', '#size-cells'] as const).flatMap((name): Diagnostic[] => {
    const cells = readCell(propertyOf(root, name)) ?? 1;
    if (cells === 1 || cells === 2) return [];
    return [
      {
        code: 'dtb/cells',
        severity: 'warning',
        message: `the device tree's root has ${name} = <${cells}>, but memory can be written only with 1 or 2`,
        requested: `${name} = <2>`,
        actual: `<${cells}>`,
        symptom: 'the kernel finds no memory',
        fix: `set ${name} of the root node to <2>`,
        path: ['dtb'],
      },
    ];
  });
}

const findingsOf = ({ id, severities, symptom, fix, find }: TreeRule, scene: TreeScene): Diagnostic[] =>
  Array.from(find(scene), (breach) => ({
    code: id,
    severity: severities[0],
    symptom,
    fix,
    path: ['dtb'],
    ...breach,
  }));

/** Where a device tree and its cell contradict each other. */
export function checkTree(request: TreeRequest, tree: DeviceTree): Diagnostic[] {
  const scene = treeScene(request, tree);
  return [
    ...checkCells(tree),
    ...checkCores(request, tree),
    ...TREE_RULES.flatMap((rule) => findingsOf(rule, scene)),
  ];
}
