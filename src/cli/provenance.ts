import { InvalidArgumentError, type Command } from 'commander';
import { documentText } from '../release/document.ts';
import { provenance as provenanceOf } from '../release/provenance.ts';
import { once, STDOUT, type Finish } from './command.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { writeDocument } from './released.ts';

interface ProvenanceOptions {
  output: string;
  builderId?: string;
}

/** `provenance`: what a bundle was built of, and by what. */
export async function provenance(
  bundle: string,
  { output, builderId }: ProvenanceOptions,
): Promise<ExitCode> {
  const isWritten = await writeDocument(bundle, output, (read) =>
    documentText(provenanceOf(read, builderId ?? null)),
  );
  return isWritten ? EXIT.fine : EXIT.findings;
}

/** @throws InvalidArgumentError for what is not a URI */
export function parseBuilder(text: string): string {
  if (/^[a-z][a-z0-9+.-]*:[\x21-\x7e]+$/i.test(text)) return text;
  throw new InvalidArgumentError('It must be a URI.');
}

export function define(command: Command, finish: Finish): void {
  command
    .description(
      'Writes the provenance of a bundle: an in-toto statement (v1) with the predicate of SLSA (v1). It names the bundle ' +
        'and what it was built of by their digests. The bundle must be intact. The same bundle gives the same bytes.',
    )
    .argument('<bundle>', '<name>.tar or <name>.tar.gz')
    .option('-o, --output <file>', 'file to write; - is standard output', once, STDOUT)
    .option('--builder-id <uri>', 'what ran the build, say your CI (default: this package)', parseBuilder)
    .action(async (bundle: string, options: ProvenanceOptions) => {
      finish(await provenance(bundle, options));
    });
}
