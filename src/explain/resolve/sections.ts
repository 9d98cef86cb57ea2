import { ivshmemDevices, linkText, sectionText } from '../../checks/cell/shmem.ts';
import type { Party } from '../../checks/cell/scene.ts';

/** `state table of the ivshmem device 00:0e.0`; `null` for a region that is no part of one. */
export function sectionAt(party: Party, region: number): string | null {
  for (const device of ivshmemDevices(party)) {
    const section = device.sections.find(({ index }) => index === region);
    if (section !== undefined) return `${sectionText(section)} of the ivshmem device ${linkText(device)}`;
  }
  return null;
}
