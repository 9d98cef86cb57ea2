import { z } from 'zod';
import { metadataOf, type BundleMetadata, type MachineMetadata } from '../bundle/read-metadata.ts';
import { verifyBundle } from '../bundle/verify.ts';
import { hasErrors, InputError, type Diagnostic } from '../base/diagnostic.ts';
import { describeLayout, parseLayoutId, type LayoutId } from '../formats/cell/layout-ids.ts';
import { plural } from '../base/text.ts';
import { columns, described, fact, indented, quoted, section, type Description } from './layout.ts';
import type { DescribedBundle } from './schema/bundle.ts';

/** bundle.json as it is; other problems with it are `verifyBundle`'s to tell. */
function parseMetadata(text: string): DescribedBundle['metadata'] {
  try {
    return z.record(z.string(), z.unknown()).safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

/**
 * Says what a bundle holds and what is wrong with it.
 *
 * @param signerOf the ID of the key that a signature names; `null`: it is none
 * @throws InputError `bundle/...` if it is no bundle at all
 */
export async function describeBundle(
  source: AsyncIterable<Uint8Array>,
  signerOf: (signature: Uint8Array) => string | null,
): Promise<Description<DescribedBundle>> {
  const { name, files, onTarget, metadata, signature, diagnostics } = await verifyBundle(source);
  const [first] = diagnostics;
  if (name === null && first !== undefined) {
    const { code, message, ...more } = first;
    throw new InputError(code, `not a bundle that can be read: ${message}`, more);
  }
  const content: DescribedBundle = {
    kind: 'bundle',
    name,
    metadata: metadata === null ? null : parseMetadata(metadata),
    files: Object.fromEntries(files),
    onTarget: Object.fromEntries(onTarget),
    signature: signature && { keyId: signerOf(signature) },
  };
  return described(content, () => bundleLines(content, diagnostics), diagnostics);
}

const SHORT_DIGEST = 12;

function fileLines(files: DescribedBundle['files']): string[] {
  return columns(
    Object.entries(files).map(([path, { size, sha256 }]) => [
      path,
      `${size} bytes`,
      `sha256 ${sha256.slice(0, SHORT_DIGEST)}…`,
    ]),
    [1],
  );
}

type CellMetadata = MachineMetadata['cells'][number];

function loadLines(load: CellMetadata['load']): string[] {
  return columns(
    load.map((item) => {
      const address = item.address ?? 'left to the tool';
      if ('string' in item) return ['string', address, '', quoted(item.string)];
      const { role, file, size } = item;
      const bytes = size === null ? '' : `${size} bytes`;
      return [role, address, bytes, file ?? 'as installed on the target'];
    }),
    [2],
  );
}

function findingsText(
  findings: BundleMetadata['findings'],
  waivers: BundleMetadata['waivers'] | null,
): string {
  const waived = findings.filter((finding) => finding.waived !== null).length;
  return [
    plural(findings.length - waived, 'finding'),
    `${waived} waived`,
    ...(waivers === null ? [] : [plural(waivers.length, 'waiver')]),
  ].join(', ');
}

function versionText(revision: number, layout: LayoutId | undefined, release: string | null): string {
  const words = `revision ${revision}`;
  if (layout !== undefined && parseLayoutId(layout)?.layout !== undefined)
    return `${words}, layout ${describeLayout(layout)}`;
  return release === null ? words : `${words} (Jailhouse ${release})`;
}

const configText = ({
  name,
  architecture,
  revision,
  layout,
  release,
}: Omit<BundleMetadata['cell'], 'file'>): string =>
  `${quoted(name)}, ${architecture}, ${versionText(revision, layout, release)}`;

function kernelLines(metadata: Omit<BundleMetadata, 'tool' | 'system'>): string[] {
  const { kernel, cmdline, placement, profile, entry } = metadata;
  const config = kernel.config === null ? '' : `, config: ${kernel.config}`;
  return [
    ...fact('kernel', kernel.version ?? 'version unknown'),
    ...fact(
      '',
      `${kernel.format}${kernel.protocol === null ? '' : `, boot protocol ${kernel.protocol}`}${config}`,
    ),
    ...fact('command line', cmdline === '' ? 'none' : quoted(cmdline)),
    ...fact('placement', placement),
    ...fact('profile', profile ?? null),
    ...fact('kernel entry', entry),
  ];
}

const madeBy = ({ tool }: Pick<BundleMetadata, 'tool'>): string[] =>
  fact('made by', `${tool.name} ${tool.version}`);

const metadataLines = (metadata: BundleMetadata): string[] => [
  ...fact('cell', configText(metadata.cell)),
  ...kernelLines(metadata),
  ...fact('findings', findingsText(metadata.findings, metadata.waivers)),
  ...fact('set by options', metadata.overrides?.map(({ key }) => key).join(', ') ?? null),
  ...madeBy(metadata),
  ...section('load order', loadLines(metadata.load)),
];

const cellLines = (cell: CellMetadata): string[] => [
  ...fact('after', cell.after.length === 0 ? null : cell.after.join(', ')),
  ...fact('cell', configText(cell.cell)),
  ...(cell.kernel === null
    ? [...fact('kernel', 'none: without Linux'), ...fact('entry', cell.entry ?? 'fixed by the revision')]
    : kernelLines(cell)),
  ...fact('findings', findingsText(cell.findings, cell.waivers)),
  ...section('load order', loadLines(cell.load)),
];

const machineLines = (metadata: MachineMetadata): string[] => [
  ...fact('root cell', configText(metadata.system)),
  ...fact('findings', findingsText(metadata.findings, null)),
  ...madeBy(metadata),
  ...metadata.cells.flatMap((cell, index) => section(`${index + 1}. ${cell.name}`, cellLines(cell))),
];

function signatureText(signature: DescribedBundle['signature']): string {
  if (signature === null) return 'none';
  if (signature.keyId === null) return 'cannot be read';
  return `by the key ${signature.keyId}, as it says; not checked: verify --public-key does`;
}

function bundleLines(
  { name, files, onTarget, signature, ...bundle }: DescribedBundle,
  problems: readonly Diagnostic[],
): string[] {
  const metadata = metadataOf(bundle.metadata);
  const unread = 'bundle.json cannot be read, or is not in the form that this version writes';
  return [
    `${metadata !== null && 'kind' in metadata ? 'bundle of a machine, ' : 'bundle '}${quoted(name ?? 'without a name')}`,
    ...indented([
      ...(metadata === null
        ? fact('contents', unread)
        : 'kind' in metadata
          ? machineLines(metadata)
          : metadataLines(metadata)),
      ...section('files', fileLines(files)),
      ...section('files on the target, not checked', fileLines(onTarget)),
      ...fact('signature', signatureText(signature)),
      ...fact('verdict', !hasErrors(problems) ? 'intact' : `damaged, ${plural(problems.length, 'problem')}`),
      ...indented(problems.map(({ code, message }) => `${message} [${code}]`)),
    ]),
  ];
}
