import { failure, type Diagnostic } from '../base/diagnostic.ts';
import type { VERDICTS } from '../reports/output-schema.ts';
import type { DetailedExplanation } from '../explain/details.ts';
import { explainDeath } from './log-machine.ts';
import type { QemuRun } from './qemu-run.ts';
import type { BoxArchitecture, BoxSubject } from './types.ts';
import type { BootWatch } from './watch.ts';

/** What came of a boot. */
export interface BootResult {
  /** `null`: init was reached. */
  problem: Diagnostic | null;
  /** The line that decided: of the hypervisor, of the kernel, or what was waited for. */
  line: string | null;
  /** What is known of the lines of a death. */
  explanations: readonly DetailedExplanation[];
  /** Whether a program of the guest ran; `null`: nobody can say. */
  userSpace: boolean | null;
  /** The guest's console, its last lines. */
  console: readonly string[];
}

const SHOW_MORE =
  'look at the guest’s console (`boot --console`), or give it more time (`--timeout`, or `boot.timeout` in the manifest)';

const undecided = (watch: BootWatch, why: string): Diagnostic => {
  const wanted = watch.expected === null ? 'no sign of init came' : `no line matched ${watch.expected}`;
  const program = watch.userSpace ? ', though a program of the guest ran' : '';
  return failure('boot/undecided', `${wanted}${program}: ${why}`, {
    ...(watch.expected === null ? {} : { requested: `a line that matches ${watch.expected}` }),
    actual: watch.hasSpoken ? 'other output' : 'no output at all',
    fix: watch.hasSpoken
      ? SHOW_MORE
      : 'check console= and the UART that the cell owns: an output that never comes looks like this',
  });
};

/** What is to be said of a line that ended a cell. */
function died(line: string, [known]: readonly DetailedExplanation[]): Diagnostic {
  return failure('boot/died', `the cell died: ${line}`, {
    fix: known?.fix ?? 'look the line up in the guest’s output (`boot --console`, `boot --log`)',
  });
}

/** Of what a monitor says when regions are too large, or have their pages apart (`new_table` in monitor/). */
const NO_TABLES = 'more page tables than there is room for';

/** The verdict on a run of QEMU. */
export function resultOf(subject: BoxSubject, watch: BootWatch, run: QemuRun): BootResult {
  const { architecture } = subject;
  const { sign } = watch;
  const explanations = sign?.kind === 'died' ? explainDeath(subject, watch.evidence) : [];
  const facts = {
    line: sign?.line ?? null,
    explanations,
    userSpace: architecture === 'x86' || watch.userSpace ? watch.userSpace : null,
    console: [...watch.consoleLines, ...watch.prompts],
  };
  if (sign?.kind === 'booted') return { ...facts, problem: null };
  if (sign?.kind === 'died') return { ...facts, problem: died(sign.line, explanations) };
  if (sign?.kind === 'broken' && sign.line.includes(NO_TABLES)) {
    return {
      ...facts,
      problem: failure('boot/too-large', 'the cell’s memory regions need more page tables than the box has', {
        fix: 'boot the cell on the target; or, for a try in the box, without its largest regions',
      }),
    };
  }
  if (sign?.kind === 'broken') {
    return {
      ...facts,
      problem: failure('boot/monitor', `the monitor cannot go on: ${sign.line}`, {
        fix: 'report it with the bundle’s cell config, and what `boot --repro` prints',
      }),
    };
  }
  const said = run.complaints.split('\n').at(-1) ?? '';
  const words = said === '' ? '' : `: ${said}`;
  const end = run.expired ?? `QEMU ended${words}`;
  if (watch.started) return { ...facts, problem: undecided(watch, end) };
  const why =
    run.expired === null
      ? `QEMU ended before the cell started${words}`
      : `QEMU did not start the cell: ${end}`;
  return {
    ...facts,
    problem: failure('boot/qemu', why, {
      fix: 'run what `boot --repro` prints to see all of its output',
    }),
  };
}

/** How a boot went, in one word; what is skipped is no boot. */
type Verdict = Exclude<(typeof VERDICTS)[number], 'skipped'>;

/** @param problem `null`: none */
export function verdictOf(problem: Pick<Diagnostic, 'code'> | null): Verdict {
  switch (problem?.code) {
    case undefined:
      return 'booted';
    case 'boot/died':
      return 'died';
    case 'boot/refused':
      return 'refused';
    case 'boot/undecided':
      return 'undecided';
    default:
      return 'not-run';
  }
}

const COMMON_LIMITS = [
  'devices of the cell (PCI, other than a UART; ivshmem): the box has none',
  'the IOMMU and DMA flags',
  'timing, real-time behaviour, cache colouring',
  'features and errata of the target’s CPUs',
  'the root cell, whether the system config is true, and faults of the hypervisor',
  'Jailhouse older than config revision 14, where it behaves in another way',
];

/** What a boot in the box does not show, whatever it says. */
export const NOT_SHOWN: Readonly<Record<BoxArchitecture, readonly string[]>> = {
  x86: [
    ...COMMON_LIMITS,
    'MSRs that fault on hardware, level-triggered interrupts, and what is special of Intel’s VMX',
  ],
  arm64: [
    ...COMMON_LIMITS,
    'the driver of the board’s UART, which QEMU’s PL011 plays',
    'which interrupts the cell owns: all of them reach the guest',
  ],
};
