import type { ValueNames } from './names.ts';

// Ids of PCI capabilities by the names that the PCI headers of Linux and Jailhouse give them, in lower case.

const CAPABILITIES: ValueNames = {
  pm: 0x01,
  agp: 0x02,
  vpd: 0x03,
  slotid: 0x04,
  msi: 0x05,
  chswp: 0x06,
  pcix: 0x07,
  ht: 0x08,
  vndr: 0x09,
  dbg: 0x0a,
  ccrc: 0x0b,
  shpc: 0x0c,
  ssvid: 0x0d,
  agp3: 0x0e,
  secdev: 0x0f,
  exp: 0x10,
  msix: 0x11,
  sata: 0x12,
  af: 0x13,
};

const EXTENDED: ValueNames = {
  err: 0x01,
  vc: 0x02,
  dsn: 0x03,
  pwr: 0x04,
  vndr: 0x0b,
  acs: 0x0d,
  ari: 0x0e,
  ats: 0x0f,
  sriov: 0x10,
  pri: 0x13,
  rebar: 0x15,
  ltr: 0x18,
  secpci: 0x19,
  pasid: 0x1b,
  dpc: 0x1d,
  l1ss: 0x1e,
  ptm: 0x1f,
};

/** Jailhouse marks the ids of extended capabilities with this bit. */
const EXTENDED_BIT = 0x8000;

/** Extended ones are `ext_dsn`. */
export const PCI_CAPABILITIES: ValueNames = {
  ...CAPABILITIES,
  ...Object.fromEntries(Object.entries(EXTENDED).map(([name, id]) => [`ext_${name}`, id | EXTENDED_BIT])),
};

/** `01:0c.0`, with the domain in front where it is not 0. */
export function formatBdf(domain: number, bdf: number): string {
  const part = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');
  const device = `${part(bdf >> 8, 2)}:${part((bdf >> 3) & 0x1f, 2)}.${bdf & 7}`;
  return domain === 0 ? device : `${part(domain, 4)}:${device}`;
}
