import { hex } from '../base/address.ts';
import { APIC_MODES } from '../formats/cell/names.ts';
import { cpusOf } from '../formats/cell/resources.ts';
import type { BoxMachine, BoxSubject } from './types.ts';

/** What PCs most often have; q35 can have the PM timer anywhere. */
const USUAL = { pmTimer: 0x608, mmconfig: { base: 0xb000_0000n, endBus: 0xff } } as const;

/** The x86 machine around a cell: as its system config says. */
export function x86Machine({ cell, system, load }: BoxSubject): BoxMachine {
  const { pm_timer_address, apic_mode } = system?.platform.fields ?? {};
  const pmTimer = system ? Number(pm_timer_address) : USUAL.pmTimer;
  const mmconfig = system
    ? { base: system.pciMmconfigBase, endBus: system.pciMmconfigEndBus }
    : USUAL.mmconfig;
  return {
    cpus: cpusOf(cell).map((id) => ({ id, qemu: id, mpidr: 0n })),
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
