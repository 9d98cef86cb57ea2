import { manifestJsonSchema } from '../manifest/schema.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { printLine, toJson } from './output.ts';

/** `schema`: the JSON Schema of manifests. */
export async function schema(): Promise<ExitCode> {
  await printLine(toJson(manifestJsonSchema()));
  return EXIT.fine;
}
