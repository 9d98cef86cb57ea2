import { compatiblesOf } from '../../../formats/dtb/walk.ts';
import type { TreeBreach, TreeRule } from './rule.ts';
import type { TreeScene } from './scene.ts';

const TIMER = /^arm,armv[78]-timer$/;

function* findMissing({ devices, gic, request }: TreeScene): Iterable<TreeBreach> {
  // A tree without a known GIC says too little of its machine.
  if (gic === null) return;
  if (devices.some((device) => compatiblesOf(device).some((each) => TIMER.test(each)))) return;
  const is64Bit = request.architecture === 'arm64';
  const version = is64Bit ? 8 : 7;
  yield {
    // On 32-bit boards, one of their own timers may do.
    ...(is64Bit ? {} : { severity: 'warning' }),
    message: `the device tree has no timer of the CPUs (arm,armv${version}-timer) that is switched on`,
    requested: `timer { compatible = "arm,armv${version}-timer"; interrupts = <1 13 8>, <1 14 8>, <1 11 8>, <1 10 8>; }`,
    actual: 'none',
  };
}

export const TIMER_RULE: TreeRule = {
  id: 'dtb/timer',
  severities: ['error', 'warning'],
  reason: 'without the timer of its CPUs, the kernel has no clock',
  symptom: 'no output; with earlycon `Kernel panic - not syncing: Unable to initialise architected timer`',
  fix: 'copy the node `timer` of the board’s device tree',
  source: 'Linux, arch/arm64/kernel/time.c; seen under a real Jailhouse',
  find: findMissing,
};
