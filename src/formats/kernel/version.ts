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
