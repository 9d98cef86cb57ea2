import { EXIT, type ExitCode } from './exit.ts';
import { printLine, toJson } from './output.ts';

export type SchemaKind = 'manifest' | 'cell' | 'rules' | 'output';

/** `schema`: the JSON Schema of manifests, of cell and system descriptions, of rules files, or of `--json`. */
export async function schema(kind: SchemaKind): Promise<ExitCode> {
  if (kind === 'cell') {
    const { descriptionJsonSchema } = await import('../formats/cell/yaml/json-schema.ts');
    await printLine(toJson(descriptionJsonSchema()));
  } else if (kind === 'rules') {
    const { rulesJsonSchema } = await import('../checks/kernel/project/schema.ts');
    await printLine(toJson(rulesJsonSchema()));
  } else if (kind === 'output') {
    const { outputJsonSchema } = await import('../reports/output-schema.ts');
    await printLine(toJson(outputJsonSchema()));
  } else {
    const { manifestJsonSchema } = await import('../manifest/schema.ts');
    await printLine(toJson(manifestJsonSchema()));
  }
  return EXIT.fine;
}
