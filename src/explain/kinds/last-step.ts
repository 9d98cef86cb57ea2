import type { Reading } from '../kind.ts';

const ENDS = 'the log ends at this step';
const OR_CUT = 'or the log is cut';

/** What a step of the start of the hypervisor means, if it is the last line that was printed. */
const STEPS: readonly (readonly [step: RegExp, hangs: string, fix: string])[] = [
  [
    /Code location/,
    'the hypervisor hangs while it sets up its page tables or its console',
    'compare debug_console of the system config with the UART of the machine (address, size, clock), and hypervisor_memory with /proc/iomem of the root',
  ],
  [
    /Initializing unit: (.{1,60})/,
    'the hypervisor hangs while it initialises that unit',
    'compare what the system config says of that unit (addresses, sizes, IOMMU units) with the machine',
  ],
  [
    /DMAR unit|AMD IOMMU/,
    'the hypervisor hangs at that IOMMU',
    'compare iommu_units of the system config with the machine, and switch the IOMMU off in the root (intel_iommu=off, amd_iommu=off)',
  ],
  [
    /Activating/,
    'the hypervisor runs, and the root cell hangs in its first accesses',
    'compare the memory regions of the root cell with /proc/iomem, and the addresses of the interrupt controller with the machine; let no driver of the root use the UART of debug_console',
  ],
  [
    /processor/,
    'the hypervisor waits for a CPU that does not come',
    'compare `cpus` of the system config with /sys/devices/system/cpu/online of the root',
  ],
];

/** A step as the last line of a log. */
export function lastStep(text: string): Partial<Reading> {
  const [, hangs, fix] = STEPS.find(([step]) => step.test(text)) ?? [
    null,
    'the hypervisor hangs in what comes after it',
    'read on at the console of the hypervisor',
  ];
  return { weight: 'doubtful', meaning: `${ENDS}: ${hangs}, ${OR_CUT}`, fix };
}
