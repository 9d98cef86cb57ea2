import { InvalidArgumentError, type Command } from 'commander';
import { provenance as provenanceOf } from '../release/provenance.ts';
import { once, STDOUT, type Finish } from './command.ts';
import { EXIT, UsageError, type ExitCode } from './exit.ts';
import { identify, overwritten } from './overwrite.ts';
import { writeDocument } from './released.ts';
import { openKey, withKeyOptions, type KeyOptions } from './secret-key.ts';

export interface ProvenanceOptions extends KeyOptions {
  builderId?: string;
}

/** `provenance`: what a bundle was built of, and by what. */
export async function provenance(
  bundle: string,
  output: string,
  { builderId, secretKey, passwordFile }: ProvenanceOptions,
): Promise<ExitCode> {
  const secrets = [secretKey, passwordFile].filter((file) => file !== undefined);
  if (output !== STDOUT && (await overwritten(output, await identify(secrets))) !== null) {
    throw new UsageError(`--output ${output} would overwrite a file with a secret`, 'name another file');
  }
  const isWritten = await writeDocument(bundle, output, async (read) => {
    const key = secretKey === undefined ? null : await openKey(secretKey, passwordFile);
    return provenanceOf(read, builderId ?? null, key).text;
  });
  return isWritten ? EXIT.fine : EXIT.findings;
}

/** @throws InvalidArgumentError for what is not a URI */
function parseBuilder(text: string): string {
  if (/^[a-z][a-z0-9+.-]*:[\x21-\x7e]+$/i.test(text)) return text;
  throw new InvalidArgumentError('It must be a URI.');
}

export const withProvenanceOptions = (command: Command): Command =>
  withKeyOptions(
    command.option(
      '--builder-id <uri>',
      'what ran the build, say your CI, for the provenance (default: this package)',
      parseBuilder,
    ),
    'sign the provenance: a key of minisign, or PKCS#8 PEM with an Ed25519 key',
  );

export function define(command: Command, finish: Finish): void {
  withProvenanceOptions(
    command
      .description(
        'Writes the provenance of a bundle: an in-toto statement (v1) with the predicate of SLSA (v1). It names the bundle ' +
          'and what it was built of by their digests. With a key it is signed, in a DSSE envelope. The bundle must be ' +
          'intact. The same bundle gives the same bytes.',
      )
      .argument('<bundle>', '<name>.tar or <name>.tar.gz')
      .option('-o, --output <file>', 'file to write; - is standard output', once, STDOUT),
  ).action(async (bundle: string, { output, ...options }: ProvenanceOptions & { output: string }) => {
    finish(await provenance(bundle, output, options));
  });
}
