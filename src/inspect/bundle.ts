import { z } from 'zod';
import { verifyBundle } from '../bundle/verify.ts';
import { diagnosticFacts } from '../base/diagnostic-text.ts';
import { hasErrors, InputError } from '../base/diagnostic.ts';

const address = z.string().nullable();
const text = z.string().nullable();

/** What bundle.json says of the cell; what a newer version adds is left out. */
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

/** bundle.json, if it has the form that this version writes; other problems with it are `verifyBundle`'s to tell. */
function parseMetadata(text: string): BundleMetadata | null {
  try {
    return metadataSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

/**
 * Says what a bundle holds and whether it is intact.
 *
 * @throws InputError `bundle/...` if it is no bundle at all
 */
export async function describeBundle(source: AsyncIterable<Uint8Array>) {
  const { name, files, onTarget, metadata, diagnostics } = await verifyBundle(source);
  const [first] = diagnostics;
  if (name === null && first !== undefined) {
    const { code, message, ...more } = first;
    throw new InputError(code, `no bundle that can be read: ${message}`, more);
  }
  return {
    kind: 'bundle' as const,
    name,
    intact: !hasErrors(diagnostics),
    /** `null`: it cannot be read, or has not the form of this version. */
    metadata: metadata === null ? null : parseMetadata(metadata),
    files: Object.fromEntries(files),
    onTarget: Object.fromEntries(onTarget),
    problems: diagnostics.map(diagnosticFacts),
  };
}

export type DescribedBundle = Awaited<ReturnType<typeof describeBundle>>;
