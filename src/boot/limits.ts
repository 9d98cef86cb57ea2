/** When a boot that tells nothing more is given up, in seconds. */
export interface Limits {
  /** CPU time of QEMU. */
  cpu: number;
  /** CPU time of QEMU without any output. */
  silence: number;
  /** Without any output from a guest that does next to nothing. */
  idle: number;
  /** In all, whatever the load. */
  elapsed: number;
}

/** What QEMU used, in seconds. */
export interface Usage {
  cpu: number;
  elapsed: number;
  /** Since the last output. */
  silentCpu: number;
  silentElapsed: number;
}

/** `--timeout`, if it is not given: CPU seconds. */
export const DEFAULT_TIMEOUT = 60;

/** A machine may be busy with other work: what counts is QEMU's own time, and the clock only for the last. */
export const limitsOf = (timeout: number): Limits => ({
  cpu: timeout,
  silence: timeout / 3,
  idle: timeout / 6,
  elapsed: timeout * 10,
});

/** A share of one CPU; a guest that waits for interrupts uses less. */
const IDLE_SHARE = 0.05;

const seconds = (value: number): string => `${Math.round(value)} s`;

/** Why to give up; `null`: go on. */
export function expired(limits: Limits, { cpu, elapsed, silentCpu, silentElapsed }: Usage): string | null {
  if (cpu >= limits.cpu) return `QEMU used ${seconds(limits.cpu)} of CPU time`;
  if (silentCpu >= limits.silence) return `nothing was printed for ${seconds(limits.silence)} of CPU time`;
  if (silentElapsed >= limits.idle && silentCpu < silentElapsed * IDLE_SHARE) {
    return `nothing was printed for ${seconds(limits.idle)}, and the guest is idle`;
  }
  return elapsed >= limits.elapsed ? `${seconds(limits.elapsed)} passed` : null;
}

/** After the first sign of init, so long is waited for its death: CPU time, or silence of an idle guest. */
const LINGER = { cpu: 1.5, silence: 1 } as const;

/** Whether init has lived long enough; `cpu` counts since the sign. */
export const hasLingered = ({
  cpu,
  silentElapsed,
  silentCpu,
}: Pick<Usage, 'cpu' | 'silentCpu' | 'silentElapsed'>): boolean =>
  cpu >= LINGER.cpu || (silentElapsed >= LINGER.silence && silentCpu < silentElapsed * IDLE_SHARE);
