import type { LogKind } from '../kind.ts';

const MAILS = "users' mails";
const NO_RAM =
  'compare hypervisor_memory and the memory regions of the system config with /proc/iomem of the running root: they must be RAM that the firmware does not protect, and reserved from the root kernel';

/** The root kernel, while Jailhouse is being enabled or runs. */
export const ROOT_KINDS: readonly LogKind[] = [
  {
    id: 'abort-sync',
    stage: 'root',
    printer: 'root',
    fails: ['ENABLE'],
    shapes: ['ynchronous external abort'],
    meaning:
      'the root kernel touched an address where nothing answers: in `jailhouse enable`, hypervisor_memory is where the machine has no RAM',
    rules: ['root/ram-absent', 'system/no-ram'],
    fix: NO_RAM,
    source: MAILS,
  },
  {
    id: 'serror',
    stage: 'root',
    printer: 'root',
    fails: ['ENABLE'],
    shapes: [
      'SError Interrupt on CPU{cpu}, code {hex}',
      'Kernel panic - not syncing: Asynchronous SError Interrupt',
    ],
    after: ['serror'],
    meaning:
      'the bus reported an error to the root kernel: memory of the system config is where the machine has no RAM or the firmware protects it, or a device without clock was touched',
    rules: ['root/ram-absent', 'system/no-ram'],
    fix: NO_RAM,
    source: MAILS,
  },
  {
    id: 'badmode',
    stage: 'root',
    printer: 'root',
    fails: ['ENABLE'],
    shapes: ['Bad mode in Synchronous Abort handler detected on CPU{cpu}, code {hex} -- HVC'],
    meaning:
      'the root kernel cannot call the hypervisor: it runs at EL2 itself, or the firmware has switched HVC off',
    rules: ['root/kernel'],
    fix: 'build the root kernel without CONFIG_ARM64_VHE and CONFIG_KVM, or put kvm-arm.mode=none on its command line',
    source: MAILS,
  },
  {
    id: 'exec-noexec',
    stage: 'root',
    printer: 'root',
    fails: ['ENABLE'],
    shapes: ['Unable to handle kernel execute from non-executable memory'],
    meaning:
      'the root kernel does not let the driver run the code of the hypervisor: kernels from 6.1 on map it without the right to execute',
    rules: ['root/kernel'],
    fix: 'build the root kernel with the patches of the branches jailhouse-enabling of the Jailhouse kernel tree',
    source: MAILS,
  },
  {
    id: 'cpufreq',
    stage: 'root',
    printer: 'root',
    shapes: [
      'Failed to change cpu frequency: -{errnumber:\\d{1,3}}',
      '_set_opp_voltage: failed to set voltage',
    ],
    after: ['clock-root'],
    meaning:
      'the root kernel can no longer change the frequency of a CPU: the regulator, bus or clock for that stopped to work when Jailhouse was enabled or a cell was created',
    rules: ['cell/shared-controller', 'cell/intercepted'],
    fix: 'switch frequency scaling off in the root (cpufreq.off=1), and keep the clock and regulator devices in the regions of the root cell; firmware that switches clocks by SMC is answered "not supported" while Jailhouse runs',
    source: MAILS,
  },
  {
    id: 'clock-root',
    instead: ({ isEnabled }) => (isEnabled ? null : 'clk'),
    stage: 'root',
    printer: 'root',
    shapes: [
      '{:(?<!\\S)}{word}: failed to prepare_enable clock',
      '{:(?<!\\S)}{word}: failed to prepare_enable{:$}…',
    ],
    meaning:
      'a driver cannot switch on the clock of {word}: the clock controller went to a cell, or the firmware that switches it no longer answers',
    rules: ['cell/shared-controller', 'cell/intercepted'],
    fix: 'give the cell the clock controller with ROOTSHARED, or not at all, and let the root switch the clocks on before; keep the interrupt controller out of all memory regions. In a cell, put a fixed-clock into its device tree',
    source: `Jailhouse, hypervisor/arch/arm-common/smccc.c; ${MAILS}`,
  },
  {
    id: 'lockup',
    stage: 'root',
    printer: 'linux',
    shapes: [
      'detected stalls on CPUs',
      'rcu: INFO: rcu_{word} self-detected stall on CPU',
      'BUG: soft lockup - CPU#{cpu} stuck',
      'softlockup: hung tasks',
    ],
    after: ['fatal'],
    meaning: 'a kernel waits for a CPU that does not answer: Jailhouse stopped it, or it hangs',
    rules: [],
    fix: "look at the hypervisor's console first: a FATAL line there is the cause. Without one, and just after `jailhouse enable`, compare the interrupt controller and the debug console of the system config with the machine",
    source: MAILS,
  },
  {
    id: 'kernel-oops',
    stage: 'root',
    printer: 'linux',
    shapes: [
      'Unable to handle kernel paging request at',
      'Unable to handle kernel NULL pointer dereference',
      'BUG: kernel NULL pointer dereference',
      'BUG: unable to handle page fault',
      'Oops: {text}',
      'Internal error: {text}',
    ],
    after: ['abort-sync', 'exec-noexec', 'badmode', 'serror', 'fatal'],
    meaning:
      'a driver of the kernel crashed. In the root, just after a cell was created: a device or memory went to the cell while a driver used it',
    rules: [],
    fix: 'find the driver in the call trace; in the root, unbind it before the cell is created',
    source: 'Linux, arch/*/mm/fault.c',
  },
  {
    id: 'nmi-ignored',
    stage: 'root',
    printer: 'hypervisor',
    weight: 'doubtful',
    shapes: ['Ignoring NMI IPI'],
    after: ['fatal'],
    meaning:
      'the root kernel asks another CPU for a backtrace, because one does not answer: a consequence, never the cause',
    rules: [],
    fix: 'look for the first FATAL line above',
    source: `Jailhouse, hypervisor/arch/x86/apic.c; ${MAILS}`,
  },
];
