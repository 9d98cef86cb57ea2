import type { Command } from 'commander';
import { diagnosticOf, type Diagnostic } from '../base/diagnostic.ts';
import { printable } from '../base/text.ts';
import { readChunks, seeFile } from '../inputs/files.ts';
import { checkLayoutFolder, writeLayout } from '../inputs/oci-layout.ts';
import { readReleased } from '../inputs/released.ts';
import { cycloneDx } from '../release/cyclonedx.ts';
import { documentText } from '../release/document.ts';
import { OCI_TAG, ociLayout, type OciLayout } from '../release/oci.ts';
import type { SecretKey } from '../release/minisign/secret-key.ts';
import { provenance } from '../release/provenance.ts';
import { spdx } from '../release/spdx.ts';
import type { ReleasedBundle } from '../release/subject.ts';
import { findingFacts } from '../reports/json.ts';
import { unfinishedFiles } from './cleanup.ts';
import { formatOf, once, withFormat, type Finish } from './command.ts';
import { EXIT, UsageError, type ExitCode, type Format } from './exit.ts';
import { printLine, printReport } from './output.ts';
import { withProvenanceOptions, type ProvenanceOptions } from './provenance.ts';
import { documentTime, tellUnfit } from './released.ts';
import { openKey } from './secret-key.ts';

interface OciOptions extends ProvenanceOptions {
  output: string;
  format: Format;
}

const layoutOf = (bundle: ReleasedBundle, builderId: string | null, key: SecretKey | null): OciLayout =>
  ociLayout(bundle, [
    {
      mediaType: 'application/vnd.cyclonedx+json',
      title: `${bundle.name}.cdx.json`,
      text: documentText(cycloneDx(bundle)),
    },
    {
      mediaType: 'application/spdx+json',
      title: `${bundle.name}.spdx.json`,
      text: documentText(spdx(bundle)),
    },
    provenance(bundle, builderId, key),
  ]);

/** Writes the layout; `null` if the bundle is not intact, for the reasons that are added to `diagnostics`. */
async function write(
  path: string,
  { output, builderId, secretKey, passwordFile }: OciOptions,
  diagnostics: Diagnostic[],
): Promise<OciLayout | null> {
  await checkLayoutFolder(output);
  const seen = await seeFile(path, path);
  const read = await readReleased(seen, documentTime());
  diagnostics.push(...read.diagnostics);
  if (read.bundle === null) return null;
  const key = secretKey === undefined ? null : await openKey(secretKey, passwordFile);
  const layout = layoutOf(read.bundle, builderId ?? null, key);
  await writeLayout(output, layout, readChunks(seen), unfinishedFiles);
  return layout;
}

const describe = (folder: string, { digest, referrersTag, attached }: OciLayout) => ({
  folder,
  tag: OCI_TAG,
  digest,
  referrersTag,
  attached: [...attached],
});

/** `oci`: a bundle and what is known of it, in a folder that registries' tools copy. */
export async function oci(path: string, options: OciOptions): Promise<ExitCode> {
  const { output, format } = options;
  if (output === '')
    throw new UsageError("-o needs a folder, not ''", 'name a folder that does not exist yet');
  const diagnostics: Diagnostic[] = [];
  let layout: OciLayout | null = null;
  try {
    layout = await write(path, options, diagnostics);
  } catch (error) {
    if (format === 'text') throw error;
    diagnostics.push(diagnosticOf(error));
  }
  const ok = layout !== null;
  if (format === 'json') {
    await printReport('oci', {
      ok,
      findings: diagnostics.map((each) => findingFacts(each, path)),
      subjects: [
        {
          file: path,
          ok,
          layout: layout && describe(output, layout),
        },
      ],
    });
  } else {
    await tellUnfit(path, diagnostics);
    if (layout !== null) {
      await printLine(`${layout.digest}  oci:${printable(output)}:${OCI_TAG}`);
      for (const { digest, mediaType } of layout.attached) await printLine(`${digest}  ${mediaType}`);
    }
  }
  return ok ? EXIT.fine : EXIT.findings;
}

export function define(command: Command, finish: Finish): void {
  withProvenanceOptions(
    withFormat(command)
      .description(
        'Writes a bundle as an OCI image layout, which skopeo and oras copy to a registry. Bills of materials (CycloneDX, ' +
          'SPDX) and the provenance are attached to it as referrers. The bundle must be intact. The same bundle gives the ' +
          'same layout. Prints the digests of the manifests.',
      )
      .argument('<bundle>', '<name>.tar or <name>.tar.gz')
      .requiredOption(
        '-o, --output <folder>',
        'folder for the layout: a new or empty one, or a layout to replace',
        once,
      ),
  ).action(async (bundle: string, options) => {
    finish(await oci(bundle, { ...options, format: formatOf(options) }));
  });
}
