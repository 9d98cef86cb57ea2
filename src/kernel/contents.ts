/** What an unpacked kernel shows besides its config. */
export interface KernelContents {
  /** Bytes of the unpacked kernel. */
  size: number;
  /** The text of its `Linux version` banner from the version on; `null`: it has none. */
  banner: string | null;
  /** Whether the code for Jailhouse guests is in it. */
  jailhouseGuest: boolean;
  /** Whether that code knows the UART flags of setup_data version 2 (Linux 5.5, and kernels that took it over). */
  uartFlags: boolean;
}
