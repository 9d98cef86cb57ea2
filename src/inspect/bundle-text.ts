import type { BundleMetadata, DescribedBundle } from './bundle.ts';
import { columns, fact, indented, quoted, section } from './layout.ts';
import { plural } from '../base/text.ts';

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

function loadLines(load: BundleMetadata['load']): string[] {
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

function findingsText({ findings, waivers }: BundleMetadata): string {
  const waived = findings.filter((finding) => finding.waived !== null).length;
  const parts = [
    plural(findings.length - waived, 'finding'),
    `${waived} waived`,
    plural(waivers.length, 'waiver'),
  ];
  return parts.join(', ');
}

function metadataLines(metadata: BundleMetadata): string[] {
  const { cell, kernel, tool, profile, entry } = metadata;
  const release = cell.release === null ? '' : ` (Jailhouse ${cell.release})`;
  const config = kernel.config === null ? '' : `, config: ${kernel.config}`;
  return [
    ...fact('cell', `${quoted(cell.name)}, ${cell.architecture}, revision ${cell.revision}${release}`),
    ...fact('kernel', kernel.version ?? 'version not told'),
    ...fact(
      '',
      `${kernel.format}${kernel.protocol === null ? '' : `, boot protocol ${kernel.protocol}`}${config}`,
    ),
    ...fact('command line', metadata.cmdline === '' ? 'none' : quoted(metadata.cmdline)),
    ...fact('placement', metadata.placement),
    ...fact('profile', profile ?? null),
    ...fact('kernel entry', entry),
    ...fact('findings', findingsText(metadata)),
    ...fact('made by', `${tool.name} ${tool.version}`),
    ...section('load order', loadLines(metadata.load)),
  ];
}

export function bundleLines(bundle: DescribedBundle): string[] {
  const { name, intact, metadata, problems } = bundle;
  const unread = 'bundle.json cannot be read, or is not in the form that this version writes';
  return [
    `bundle ${quoted(name ?? 'without a name')}`,
    ...indented([
      ...(metadata === null ? fact('contents', unread) : metadataLines(metadata)),
      ...section('files', fileLines(bundle.files)),
      ...section('files on the target, not looked at', fileLines(bundle.onTarget)),
      ...fact('verdict', intact ? 'intact' : `damaged, ${plural(problems.length, 'problem')}`),
      ...indented(problems.map(({ rule, message }) => `${message} [${rule}]`)),
    ]),
  ];
}
