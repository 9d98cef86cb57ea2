import { findBanner } from './version.ts';

/** What an unpacked kernel shows besides its config. */
export interface KernelContents {
  /** Bytes of the unpacked kernel. */
  size: number;
  /** The text of its `Linux version` banner from the version on; `null`: it has none. */
  banner: string | null;
  /** Whether the code for Jailhouse guests is in it. */
  jailhouseGuest: boolean;
  /**
   * Whether that code knows the UART flags of setup_data version 2 (Linux 5.5, and kernels that took it over), with the
   * 8250 driver built in. `null`: it cannot be told, as all messages are left out (CONFIG_PRINTK=n).
   */
  uartFlags: boolean | null;
}

/** Messages of Linux, arch/x86/kernel/jailhouse.c; each is one string in the kernel. */
const MESSAGES = {
  /** An argument of panic(), which is always compiled in. */
  guest: 'Jailhouse: No valid setup data found',
  /** Arguments of pr_info() and pr_notice(), which CONFIG_PRINTK=n leaves out; the second is there since 4.16. */
  uart: 'Enabling UART%u (port 0x%lx)',
  restart: 'Jailhouse: Restart not supported, halting',
} as const;

/** Looks through an unpacked kernel: an ELF file, or the bare image of an arm or arm64 kernel. */
export function readContents(unpacked: Uint8Array): KernelContents {
  const bytes = Buffer.from(unpacked.buffer, unpacked.byteOffset, unpacked.byteLength);
  const has = (message: keyof typeof MESSAGES): boolean => bytes.includes(MESSAGES[message], 0, 'latin1');
  const jailhouseGuest = has('guest');
  const uartFlags = jailhouseGuest && (has('uart') || (has('restart') ? false : null));
  return { size: unpacked.length, banner: findBanner(unpacked), jailhouseGuest, uartFlags };
}
