import { Argument, type Command } from 'commander';
import type { Finish } from './command.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { printLine, toJson } from './output.ts';

export type SchemaKind = 'manifest' | 'machine' | 'cell' | 'rules' | 'output';

/** `schema`: the JSON Schema of manifests, of machine files, of cell and system descriptions, of rules files, or of `--json`. */
export async function schema(kind: SchemaKind): Promise<ExitCode> {
  if (kind === 'cell') {
    const { descriptionJsonSchema } = await import('../formats/cell/yaml/json-schema.ts');
    await printLine(toJson(descriptionJsonSchema()));
  } else if (kind === 'machine') {
    const { machineJsonSchema } = await import('../manifest/machine/json-schema.ts');
    await printLine(toJson(machineJsonSchema()));
  } else if (kind === 'rules') {
    const { rulesJsonSchema } = await import('../checks/kernel/project/schema.ts');
    await printLine(toJson(rulesJsonSchema()));
  } else if (kind === 'output') {
    const { outputJsonSchema } = await import('../reports/output-schema.ts');
    await printLine(toJson(outputJsonSchema()));
  } else {
    const { manifestJsonSchema } = await import('../manifest/json-schema.ts');
    await printLine(toJson(manifestJsonSchema()));
  }
  return EXIT.fine;
}

export function define(command: Command, finish: Finish): void {
  command
    .description(
      'Prints the JSON Schema of *.cell.yaml, *.machine.yaml, *.jailhouse.yaml or rules files, or of what commands print with --json, ' +
        'for editors and validators.',
    )
    .addArgument(
      new Argument('[kind]', 'which files it is for; output: what --json prints')
        .choices(['manifest', 'machine', 'cell', 'rules', 'output'])
        .default('manifest'),
    )
    .action(async (kind: SchemaKind) => {
      finish(await schema(kind));
    });
}
