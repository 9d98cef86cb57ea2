const BANNER = 'Linux version ';
const MAX_LENGTH = 512;

/** Format strings of the same words follow it in the kernel; only the banner goes on with a number. */
const TEXT = /^\d+\.[\x20-\x7e]+(?=\n)/;
/** The build's number; the first of two banners may be linked before it is known (Linux 6.1, init/version-timestamp.c). */
const NUMBERED = / #\d/;

/**
 * The text of the `Linux version` banner in an unpacked kernel, from the version on: `6.1.0 (user@host) ... #1 ...`.
 * `null` if there is none.
 */
export function findBanner(kernel: Uint8Array): string | null {
  const bytes = Buffer.from(kernel.buffer, kernel.byteOffset, kernel.byteLength);
  let first: string | null = null;
  for (let at = bytes.indexOf(BANNER); at >= 0; at = bytes.indexOf(BANNER, at + 1)) {
    const start = at + BANNER.length;
    const text = TEXT.exec(bytes.toString('latin1', start, start + MAX_LENGTH))?.[0];
    if (text === undefined) continue;
    if (NUMBERED.test(text)) return text;
    first ??= text;
  }
  return first;
}
