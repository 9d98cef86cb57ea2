import { hex } from '../base/address.ts';
import { InputError } from '../base/diagnostic.ts';
import { APIC_MODES } from '../formats/cell/names.ts';
import { cpusOf } from '../formats/cell/resources.ts';
import type { CellConfig } from '../formats/cell/types.ts';
import type { BoxCpu } from './blob.ts';
import type { BoxMachine, BoxSubject } from './types.ts';

/** What PCs most often have; q35 can have the PM timer anywhere. */
const USUAL = { pmTimer: 0x608, mmconfig: { base: 0xb000_0000n, endBus: 0xff } } as const;

/** The monitor speaks to CPUs by xAPIC IDs, which are their numbers; 255 is all of them. */
const LAST_CPU = 254;

/** The CPUs of QEMU that play the cell's: those of the same numbers. @throws InputError `boot/unsupported` */
function playCpus(cell: CellConfig): BoxCpu[] {
  const ids = cpusOf(cell);
  const last = ids.at(-1) ?? 0;
  if (last > LAST_CPU) {
    throw new InputError('boot/unsupported', `QEMU has no CPU ${last} here`, {
      requested: `CPUs 0 to ${LAST_CPU}`,
      actual: `CPU ${last}`,
      fix: 'for the box, give the cell CPUs of lower numbers; else start it on the target',
    });
  }
  return ids.map((id) => ({ id, qemu: id, mpidr: 0n }));
}

/** The x86 machine around a cell: as its system config says. @throws InputError `boot/unsupported` */
export function x86Machine({ cell, system, load }: BoxSubject): BoxMachine {
  const { pm_timer_address, apic_mode } = system?.platform.fields ?? {};
  const pmTimer = system ? Number(pm_timer_address) : USUAL.pmTimer;
  const mmconfig = system
    ? { base: system.pciMmconfigBase, endBus: system.pciMmconfigEndBus }
    : USUAL.mmconfig;
  return {
    cpus: playCpus(cell),
    x2apic: apic_mode === APIC_MODES.x2apic,
    pmTimer,
    mmconfig: mmconfig.base === 0n ? null : mmconfig,
    gic: null,
    uart: null,
    needsPl011: false,
    load,
    assumed: system
      ? apic_mode === APIC_MODES.auto
        ? ['the system config leaves the APIC mode open: xAPIC is taken']
        : []
      : [
          `without a system config (--system), the PM timer is taken to be at port ${hex(pmTimer)}, MMCONFIG at ` +
            `${hex(mmconfig.base)}, and the APIC in xAPIC mode`,
        ],
    changed: [],
  };
}
