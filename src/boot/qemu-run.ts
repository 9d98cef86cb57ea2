/** What came of a run of QEMU. */
export interface QemuRun {
  /** Why it was given up; `null`: there was a sign, or QEMU ended by itself. */
  expired: string | null;
  /** Seconds. */
  cpu: number;
  elapsed: number;
  /** The most memory that QEMU had, in bytes; `null` where the system does not tell. */
  memory: number | null;
  /** What QEMU complained of. */
  complaints: string;
}
