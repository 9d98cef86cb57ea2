import type { AddressRange } from '../base/ranges.ts';
import { isCommRegion } from '../formats/cell/memory.ts';
import { nameFlags } from '../formats/cell/names.ts';
import { namesOf } from '../formats/cell/variants.ts';
import type { CellConfig } from '../formats/cell/types.ts';
import type { LoadItem, Placed, Plan } from '../placement/types.ts';
import type { PlanFacts } from './output-schema.ts';
import { layOutPlan } from './plan-layout.ts';

const loadFact = (item: LoadItem): PlanFacts['load'][number] =>
  item.kind === 'string'
    ? { role: 'arguments', string: item.text, address: item.address, size: null }
    : {
        role: item.role,
        string: null,
        address: item.address,
        size: item.size === null ? null : Number(item.size),
      };

const rangeFact = ({ start: address, size }: AddressRange) => ({ address, size });

const placedFact = (part: Placed) => ({ label: part.label, ...rangeFact(part) });

/** The cell's memory regions with what is placed in them; as `drawMemoryMap`, but in full and as data. */
function memoryMap(cell: CellConfig, placed: readonly Placed[]): PlanFacts['memoryMap'] {
  const { regions, outside } = layOutPlan(cell, placed);
  return {
    regions: regions.map(({ region, index, kind, range, parts, free }) => ({
      index,
      kind: kind === 'ram' ? 'ram' : isCommRegion(region) ? 'comm' : 'other',
      ...rangeFact(range),
      physical: region.phys_start,
      flags: nameFlags(namesOf(cell).memoryFlags, region.flags).names,
      placed: parts.map(placedFact),
      free: kind === 'ram' ? free.map(rangeFact) : null,
    })),
    outside: outside.map(placedFact),
  };
}

/** Where everything goes in a cell's memory. */
export const planFacts = (cell: CellConfig, plan: Plan): PlanFacts => ({
  architecture: plan.architecture,
  placement: plan.placement,
  entry: plan.entry,
  load: plan.load.map(loadFact),
  e820: plan.details.e820 ?? null,
  memory: plan.details.memory ?? null,
  memoryMap: memoryMap(cell, plan.placed),
});
