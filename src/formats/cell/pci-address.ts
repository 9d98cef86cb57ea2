/** `01:0c.0`, with the domain in front where it is not 0. */
export function formatBdf(domain: number, bdf: number): string {
  const part = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');
  const device = `${part(bdf >> 8, 2)}:${part((bdf >> 3) & 0x1f, 2)}.${bdf & 7}`;
  return domain === 0 ? device : `${part(domain, 4)}:${device}`;
}
