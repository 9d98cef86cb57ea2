import type { KernelContents } from '../formats/kernel/contents.ts';
import type { Wrapping } from '../formats/kernel/recognise.ts';

/** What the unpacked kernel shows of its support for Jailhouse. */
export function guestText(contents: KernelContents | null): string {
  if (contents === null) return 'out of reach';
  const { jailhouseGuest, uartFlags } = contents;
  if (!jailhouseGuest) return 'none';
  if (uartFlags === null) return 'yes; whether it knows UART flags cannot be told';
  return uartFlags ? 'yes, and it knows UART flags' : 'yes, but it knows no UART flags';
}

export const wrappingText = (wrapping: Wrapping | null): string | null =>
  wrapping === 'zboot' ? 'an EFI zboot image' : wrapping;
