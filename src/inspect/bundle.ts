import { z } from 'zod';
import { verifyBundle } from '../bundle/verify.ts';
import { hasErrors, InputError, type Diagnostic } from '../base/diagnostic.ts';
import { plural } from '../base/text.ts';
import { columns, described, fact, indented, quoted, section, type Description } from './layout.ts';
import type { DescribedBundle } from './schema/bundle.ts';

const address = z.string().nullable();
const text = z.string().nullable();

/** What the text shows of bundle.json. */
const metadataSchema = z.object({
  tool: z.object({ name: z.string(), version: z.string() }),
  cell: z.object({
    file: z.string(),
    name: z.string(),
    architecture: z.string(),
    revision: z.number(),
    release: text,
  }),
  system: z.object({ file: z.string() }).nullable(),
  kernel: z.object({ format: z.string(), version: text, protocol: text, config: text }),
  profile: z.string().optional(),
  cmdline: z.string(),
  placement: z.string(),
  load: z.array(
    z.union([
      z.object({ role: z.string(), file: text, address, size: z.number().nullable() }),
      z.object({ string: z.string(), address }),
    ]),
  ),
  entry: z.string(),
  e820: z.array(z.object({ address: z.string(), size: z.string(), type: z.number() })).optional(),
  commands: z.array(z.string()),
  findings: z.array(
    z.object({
      rule: z.string(),
      severity: z.string(),
      message: z.string(),
      requested: text,
      actual: text,
      waived: z.object({ reason: z.string(), until: text }).nullable(),
    }),
  ),
  waivers: z.array(z.object({ rule: z.string(), reason: z.string(), until: text })),
});

export type BundleMetadata = z.infer<typeof metadataSchema>;

/** What is known of bundle.json's form; `null` if it is not in the form that this version writes. */
export function readMetadata(text: string): BundleMetadata | null {
  const json = parseMetadata(text);
  return json === null ? null : (metadataSchema.safeParse(json).data ?? null);
}

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
 * @throws InputError `bundle/...` if it is no bundle at all
 */
export async function describeBundle(
  source: AsyncIterable<Uint8Array>,
): Promise<Description<DescribedBundle>> {
  const { name, files, onTarget, metadata, diagnostics } = await verifyBundle(source);
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
    ...fact('kernel', kernel.version ?? 'version unknown'),
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

function bundleLines(
  { name, files, onTarget, ...bundle }: DescribedBundle,
  problems: readonly Diagnostic[],
): string[] {
  const metadata = metadataSchema.safeParse(bundle.metadata).data ?? null;
  const unread = 'bundle.json cannot be read, or is not in the form that this version writes';
  return [
    `bundle ${quoted(name ?? 'without a name')}`,
    ...indented([
      ...(metadata === null ? fact('contents', unread) : metadataLines(metadata)),
      ...section('files', fileLines(files)),
      ...section('files on the target, not checked', fileLines(onTarget)),
      ...fact('verdict', !hasErrors(problems) ? 'intact' : `damaged, ${plural(problems.length, 'problem')}`),
      ...indented(problems.map(({ code, message }) => `${message} [${code}]`)),
    ]),
  ];
}
