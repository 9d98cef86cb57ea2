import { hex } from '../base/address.ts';
import { describeNumbers } from '../base/runs.ts';
import { isCommRegion } from '../formats/cell/memory.ts';
import { pinsOf } from '../formats/cell/resources.ts';
import { releasesOf } from '../formats/cell/layout-ids.ts';
import type { Architecture } from '../base/choices.ts';
import { describeConfig } from '../formats/cell/yaml/describe.ts';
import { emitYaml } from '../formats/cell/yaml/emit.ts';
import type { PlainMap } from '../formats/cell/yaml/plain.ts';
import type { SystemConfig } from '../formats/cell/types.ts';
import type { GeneratedCell, Generation } from './generate.ts';

const heading = (name: string, source: string): string =>
  ` Cell ${name}, made by \`jailhouse-bundle cell generate\` from ${source}. Change that file, not this one;\n` +
  ' what is edited here is not overwritten without --force. The report next to it says what was chosen and why.';

const releaseComment = (system: SystemConfig): string =>
  `as the system config${releasesOf(system) === null ? '' : `: Jailhouse ${releasesOf(system)}`}`;

/** The physical address of an entry as it is written. */
function addressOf(entry: PlainMap): bigint | null {
  const network = entry.shmem_net as PlainMap | undefined;
  const written = network?.start ?? entry.phys_start ?? entry.start;
  return typeof written === 'string' ? BigInt(written) : null;
}

function memoryComments(
  entries: readonly PlainMap[],
  words: GeneratedCell['regions'],
  comm: bigint | undefined,
): Record<string, string> {
  const comments: Record<string, string> = {};
  for (const [index, entry] of entries.entries()) {
    const address = addressOf(entry);
    const word =
      comm !== undefined && entry.virt_start === hex(comm)
        ? 'the communication region, where the loader looks for it'
        : address === null
          ? undefined
          : words.get(address);
    if (word !== undefined) comments[`memory.${index}`] = word;
  }
  return comments;
}

/** The cell as a description, with a comment for each choice. */
export function describeCell(
  { cell, name, regions, system }: GeneratedCell,
  { choices }: Pick<Generation, 'choices'>,
  source: string,
): string {
  const data = describeConfig(cell, system.architecture);
  const why = (what: string): Record<string, string> => {
    const choice = choices.find((each) => each.what === what);
    return choice === undefined ? {} : { [what.replaceAll('-', '_')]: choice.why };
  };
  const links = choices.filter(({ what }) => what.startsWith('link to '));
  const real = cell.pciDevices.length - links.length;
  const comments: Record<string, string> = {
    revision: releaseComment(system),
    ...why('cpus'),
    ...why('vpci-irq-base'),
    ...memoryComments(
      (data.memory ?? []) as PlainMap[],
      regions,
      cell.memoryRegions.find(isCommRegion)?.virt_start,
    ),
    ...Object.fromEntries(
      links.map(({ what, why: because }, index) => [`pci_devices.${real + index}`, `${what}: ${because}`]),
    ),
  };
  const pins = cell.irqchips.flatMap(pinsOf);
  if (system.architecture !== 'x86' && pins.length > 0) {
    comments['irqchips.0'] =
      `SPI ${describeNumbers(pins.map((pin) => pin - 32))}, at the GIC ${hex(cell.irqchips[0]!.address)}`;
  }
  return emitYaml(data, heading(name, source), comments);
}

/** The changed system config as a description, with what is changed at its top. */
export function describeSystem(
  { system, changes }: GeneratedCell,
  architecture: Architecture,
  source: string,
): string {
  const lines = [
    ` The system config, changed by \`jailhouse-bundle cell generate\` for ${source}:`,
    ...changes.map((change) => ` - new: ${change}`),
    ' Enable the hypervisor with this one: `jailhouse-bundle cell compile` makes the binary file of it.',
  ];
  return emitYaml(describeConfig(system, architecture), lines.join('\n'), {});
}
