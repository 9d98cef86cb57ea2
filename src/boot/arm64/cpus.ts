import { InputError } from '../../base/diagnostic.ts';
import { cpusOf } from '../../formats/cell/resources.ts';
import type { CellConfig } from '../../formats/cell/types.ts';
import { childNamed, propertyOf } from '../../formats/dtb/edit.ts';
import type { DeviceTree } from '../../formats/dtb/types.ts';
import { joinCells, readCells, readText } from '../../formats/dtb/values.ts';
import { hex } from '../../base/address.ts';
import type { BoxCpu } from '../blob.ts';

/** Affinities that the tree gives its CPUs, ascending. */
function affinitiesOf({ root }: DeviceTree): bigint[] {
  const nodes = childNamed(root, 'cpus')?.children ?? [];
  return nodes
    .filter((node) => readText(propertyOf(node, 'device_type')) === 'cpu')
    .map((node) => joinCells(readCells(propertyOf(node, 'reg'))))
    .toSorted((a, b) => (a < b ? -1 : 1));
}

/** Above the first level, affinities are no CPU numbers. */
const CLUSTERS = 0x100n;

/** Which affinity each of the cell's CPUs has; a config has only their numbers. */
function affinities(ids: readonly number[], tree: DeviceTree): { id: number; mpidr: bigint }[] {
  const told = affinitiesOf(tree);
  // Numbers that are not the cell's are the tree's fault, unless they are of clusters.
  if (told.every((each) => each < CLUSTERS)) return ids.map((id) => ({ id, mpidr: BigInt(id) }));
  const numbers = new Set(ids.map(BigInt));
  const others = told.filter((each) => !numbers.has(each));
  return ids.map((id) => ({
    id,
    mpidr: told.includes(BigInt(id)) ? BigInt(id) : (others.shift() ?? BigInt(id)),
  }));
}

/** QEMU's GICv3 finds a CPU by its affinity: so many CPUs a cluster. */
const CLUSTER_SIZE = 16n;
/** More CPUs than that would cost QEMU more than the cell does. */
const MAX_CPUS = 128n;
/** The GICv2 has no more. */
const MAX_CPUS_V2 = 8;

const cannotPlay = (message: string, actual: string): InputError =>
  new InputError('boot/unsupported', message, {
    actual,
    fix: 'boot the cell on the target: QEMU has no such CPUs',
  });

/** With GICv3, the CPU of QEMU that has the affinity. */
function qemuIndex(mpidr: bigint): number {
  const index = (mpidr >> 8n) * CLUSTER_SIZE + (mpidr & 0xffn);
  if ((mpidr & 0xffn) >= CLUSTER_SIZE || index >= MAX_CPUS) {
    throw cannotPlay(`QEMU has no CPU with the affinity ${hex(mpidr)}`, `a cpu node with reg ${hex(mpidr)}`);
  }
  return Number(index);
}

/**
 * The CPUs of QEMU that play the cell's. GICv3 knows CPUs by their affinity, so it must be QEMU's, too; with GICv2 a
 * CPU can be told any.
 *
 * @throws InputError `boot/unsupported` for CPUs that QEMU's machine cannot have
 */
export function playCpus(cell: CellConfig, tree: DeviceTree, gicVersion: 2 | 3): BoxCpu[] {
  const ids = cpusOf(cell);
  const cpus = affinities(ids, tree);
  if (gicVersion === 3) return cpus.map(({ id, mpidr }) => ({ id, qemu: qemuIndex(mpidr), mpidr }));
  if (cpus.length > MAX_CPUS_V2) {
    throw cannotPlay(`a GICv2 has ${MAX_CPUS_V2} CPUs`, `${cpus.length} CPUs in the cell`);
  }
  const fits = ids.every((id) => id < MAX_CPUS_V2);
  return cpus.map(({ id, mpidr }, index) => ({ id, qemu: fits ? id : index, mpidr }));
}
