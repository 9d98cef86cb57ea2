import type { ConfigLayout } from '../layouts.ts';
import type { MemoryRegion } from '../records.ts';
import type { RegionOrigin } from '../types.ts';
import type { ManifestPath } from '../../../base/diagnostic.ts';
import type { WrittenMemory } from './schema.ts';
import type { Scope } from './scope.ts';
import { netRegions } from './shmem-net.ts';

/** A cell's memory regions, and the index of each by its name. */
export interface CompiledMemory {
  regions: MemoryRegion[];
  origins: RegionOrigin[];
  byName: ReadonlyMap<string, number>;
}

/** From revision 12 on ivshmem links have a state table and sections for each peer. */
const hasSharedSections = ({ pciDevice }: ConfigLayout): boolean => 'shmem_peers' in pciDevice.fields;

type WrittenRegion = Pick<WrittenMemory, 'start' | 'phys_start' | 'virt_start' | 'size' | 'flags'>;

export function compileRegion(scope: Scope, written: WrittenRegion, path: ManifestPath): MemoryRegion {
  const { start, phys_start, virt_start, size = 0n, flags } = written;
  if (start !== undefined && (phys_start !== undefined || virt_start !== undefined)) {
    const fix = 'write `start` if both are the same, else `phys_start` and `virt_start`';
    scope.report('conflict', [...path, 'start'], 'is given together with `phys_start` or `virt_start`', fix);
  }
  return {
    phys_start: start ?? phys_start ?? 0n,
    virt_start: start ?? virt_start ?? 0n,
    size,
    flags: scope.flags(flags, [...path, 'flags'], ({ memoryFlags }) => memoryFlags),
  };
}

function compileNetwork(scope: Scope, written: WrittenMemory, path: ManifestPath): MemoryRegion[] {
  const block = [...path, 'shmem_net'];
  for (const key of ['start', 'phys_start', 'virt_start', 'size', 'flags'] as const) {
    if (written[key] === undefined) continue;
    const fix = 'a network block makes its four regions by itself; give `name` and `shmem_net` alone';
    scope.report('conflict', [...path, key], 'is given together with `shmem_net`', fix);
  }
  const { start, dev_id } = written.shmem_net!;
  if (start === undefined)
    scope.report('missing', [...block, 'start'], 'is missing', 'give the address of its 1 MiB');
  if (dev_id !== 0 && dev_id !== 1) {
    const message = dev_id === undefined ? 'is missing' : `cannot be ${dev_id}`;
    scope.report('value', [...block, 'dev_id'], message, 'a network has two sides: write 0 or 1');
  }
  if (!hasSharedSections(scope.layout)) scope.refuse(block, true, hasSharedSections);
  return netRegions(start ?? 0n, dev_id === 1 ? 1 : 0, scope.names.memoryFlags);
}

export function compileMemory(
  scope: Scope,
  written: readonly WrittenMemory[] | undefined,
  path: ManifestPath,
): CompiledMemory {
  const regions: MemoryRegion[] = [];
  const origins: RegionOrigin[] = [];
  const byName = new Map<string, number>();
  (written ?? []).forEach((entry, index) => {
    const at = [...path, index];
    if (entry.name !== undefined) {
      if (byName.has(entry.name)) {
        scope.report('duplicate', [...at, 'name'], `is the name of two entries`, 'give each its own name');
      }
      byName.set(entry.name, regions.length);
    }
    const made =
      entry.shmem_net === undefined ? [compileRegion(scope, entry, at)] : compileNetwork(scope, entry, at);
    regions.push(...made);
    origins.push(...made.map(() => ({ entry: index, name: entry.name ?? null })));
  });
  return { regions, origins, byName };
}
