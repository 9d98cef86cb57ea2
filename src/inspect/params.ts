import { endOf } from '../base/ranges.ts';
import { releaseOf, type Revision } from '../formats/cell/releases.ts';
import { ENTRY_64, formatProtocol } from '../formats/kernel/bzimage.ts';
import { parseParams, type SetupDataFields } from '../placement/x86/params-read.ts';
import { LOADERS, type SetupDataForm } from '../placement/x86/releases.ts';
import { describeSetupHeader } from './kernel.ts';

const E820_TYPES: Readonly<Record<number, string>> = { 1: 'RAM', 2: 'reserved', 3: 'ACPI', 4: 'ACPI NVS' };

/** The releases whose loader takes this form. */
const releasesWith = (wanted: SetupDataForm): (string | null)[] =>
  Object.entries(LOADERS)
    .filter(([, { setupData }]) => setupData === wanted)
    .map(([revision]) => releaseOf(Number(revision) as Revision));

const uartsIn = ({ flags }: SetupDataFields): string[] =>
  [0, 1, 2, 3].filter((bit) => (Number(flags ?? 0) >> bit) & 1).map((bit) => `ttyS${bit}`);

/** @throws InputError as `parseParams` does */
export function describeParams(file: Uint8Array) {
  const { address, header, prefAddress, initrd, e820, setupData, cmdline } = parseParams(file);
  const { form, fields } = setupData;
  return {
    kind: 'params' as const,
    size: file.length,
    address,
    entry: prefAddress + ENTRY_64,
    cmdline,
    initrd: initrd && { start: initrd.start, end: endOf(initrd), size: Number(initrd.size) },
    e820: e820.map(({ addr, size, type }) => ({
      addr,
      size,
      type: { value: type, name: E820_TYPES[type] ?? null },
    })),
    setupData: {
      address: header.setup_data,
      form,
      releases: releasesWith(form),
      /** Only version 2 tells the kernel its UARTs. */
      uarts: form === 'version2' ? uartsIn(fields) : null,
      fields,
    },
    kernelProtocol: formatProtocol(header.version),
    setup_header: describeSetupHeader(header),
  };
}

export type DescribedParams = ReturnType<typeof describeParams>;
