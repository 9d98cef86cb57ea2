import { EXIT, type ExitCode } from './exit.ts';
import { printLine, toJson } from './output.ts';

export type SchemaKind = 'manifest' | 'cell';

/** `schema`: the JSON Schema of manifests, or of cell and system descriptions. */
export async function schema(kind: SchemaKind): Promise<ExitCode> {
  if (kind === 'cell') {
    const { descriptionJsonSchema } = await import('../cell-yaml/json-schema.ts');
    await printLine(toJson(descriptionJsonSchema()));
  } else {
    const { manifestJsonSchema } = await import('../manifest/schema.ts');
    await printLine(toJson(manifestJsonSchema()));
  }
  return EXIT.fine;
}
