import { stat } from 'node:fs/promises';

/** One file may have many names. */
const identityOf = (file: string): Promise<string | null> =>
  stat(file).then(
    ({ dev, ino }) => `${dev}:${ino}`,
    () => null,
  );

/** The first of `inputs` that writing `output` would overwrite, by whatever name. */
export async function overwritten(output: string, inputs: readonly string[]): Promise<string | null> {
  const identity = await identityOf(output);
  if (identity === null) return null;
  for (const input of inputs) if ((await identityOf(input)) === identity) return input;
  return null;
}
