import { Option, type Command } from 'commander';
import { cycloneDx } from '../release/cyclonedx.ts';
import { documentText } from '../release/document.ts';
import { spdx } from '../release/spdx.ts';
import { once, STDOUT, type Finish } from './command.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { writeDocument } from './released.ts';

const WRITERS = { cyclonedx: cycloneDx, spdx } as const;
type SbomFormat = keyof typeof WRITERS;

/** `sbom`: what is in a bundle, in a format that scanners read. */
export async function sbom(bundle: string, format: SbomFormat, output: string): Promise<ExitCode> {
  const isWritten = await writeDocument(bundle, output, (read) => documentText(WRITERS[format](read)));
  return isWritten ? EXIT.fine : EXIT.findings;
}

export function define(command: Command, finish: Finish): void {
  command
    .description(
      'Writes a bill of materials of a bundle: the kernel, the initrd with the packages of its dpkg or opkg database, the ' +
        'loader, configs, device tree and scripts, each with its digest, and with its license where that is known. The ' +
        'bundle must be intact. The same bundle gives the same bytes.',
    )
    .argument('<bundle>', '<name>.tar or <name>.tar.gz')
    .addOption(
      new Option('--format <format>', 'CycloneDX 1.6 or SPDX 2.3, both in JSON')
        .choices(Object.keys(WRITERS))
        .default('cyclonedx'),
    )
    .option('-o, --output <file>', 'file to write; - is standard output', once, STDOUT)
    .action(async (bundle: string, { format, output }: { format: SbomFormat; output: string }) => {
      finish(await sbom(bundle, format, output));
    });
}
