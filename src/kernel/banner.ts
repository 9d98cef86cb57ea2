const BANNER = 'Linux version ';
const MAX_LENGTH = 512;

/**
 * The text of the `Linux version` banner in an unpacked kernel, from the version on: `6.1.0 (user@host) ... #1 ...`.
 * `null` if there is none.
 */
export function findBanner(kernel: Uint8Array): string | null {
  const bytes = Buffer.from(kernel.buffer, kernel.byteOffset, kernel.byteLength);
  for (let at = bytes.indexOf(BANNER); at >= 0; at = bytes.indexOf(BANNER, at + 1)) {
    const start = at + BANNER.length;
    // Format strings of the same words follow it in the kernel; only the banner goes on with a number.
    const text = /^\d+\.[\x20-\x7e]+(?=\n)/.exec(bytes.toString('latin1', start, start + MAX_LENGTH));
    if (text) return text[0];
  }
  return null;
}
