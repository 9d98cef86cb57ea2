export interface KernelVersion {
  major: number;
  minor: number;
}

/** The leading `6.1` of texts such as `6.1.192 (user@host) #1 SMP`; `null` if it is none. */
export function parseKernelVersion(text: string): KernelVersion | null {
  const match = /^(\d{1,4})\.(\d{1,4})(?!\d)/.exec(text);
  return match ? { major: Number(match[1]), minor: Number(match[2]) } : null;
}

export const isAtLeast = (version: KernelVersion, from: KernelVersion): boolean =>
  version.major > from.major || (version.major === from.major && version.minor >= from.minor);

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
