import type { Dialogue } from '../../boot/dialogue.ts';
import type { QemuRun } from '../../boot/qemu-run.ts';
import type { BootResult } from '../../boot/result.ts';
import type { GivenRole } from '../../boot/subject.ts';
import type { BoxArchitecture } from '../../boot/types.ts';
import type { Channel } from '../../boot/watch.ts';

/** What is asked of a boot, beside the bundle. */
export interface BootOptions {
  dialogue: Dialogue;
  /** CPU seconds of QEMU; `null`: the usual ones. */
  timeout: number | null;
  /** Paths of files that the bundle does not hold. */
  given: Readonly<Partial<Record<GivenRole, string>>>;
  /** A system config, for a bundle without one. */
  system: string | null;
  /** Port on which a debugger is waited for. */
  gdb: number | null;
  /** Keep what QEMU reads. */
  repro: boolean;
  /** Told of everything that is printed, as it comes; the guest waits until it is done. */
  onOutput?(channel: Channel, bytes: Uint8Array): void | Promise<unknown>;
}

export const USUAL: BootOptions = {
  dialogue: { expect: [], send: [] },
  timeout: null,
  given: {},
  system: null,
  gdb: null,
  repro: false,
};

/** A boot, as it is told of. */
export interface Boot extends BootResult {
  name: string | null;
  architecture: BoxArchitecture | null;
  /** Facts that were not given, or changed for QEMU. */
  assumed: readonly string[];
  usesStandIn: boolean;
  /** `null`: QEMU was not started. */
  qemu: (Pick<QemuRun, 'cpu' | 'elapsed' | 'memory'> & { version: string }) | null;
  /** The command that starts the same by hand; `null`: nobody asked for it. */
  repro: string | null;
}

/** Of a boot that did not come to start QEMU. */
export const NOTHING: Omit<Boot, 'problem'> = {
  name: null,
  architecture: null,
  line: null,
  explanations: [],
  userSpace: null,
  console: [],
  assumed: [],
  usesStandIn: false,
  qemu: null,
  repro: null,
};
