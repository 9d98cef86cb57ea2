import { stat } from 'node:fs/promises';

/** One file may have many names. */
const identityOf = (file: string): Promise<string | null> =>
  stat(file).then(
    ({ dev, ino }) => `${dev}:${ino}`,
    () => null,
  );

/** Files by what they are on the disk; each name is looked at once, however often it occurs. */
export async function identify(files: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const known = new Map<string, string>();
  for (const file of new Set(files)) {
    const identity = await identityOf(file);
    if (identity !== null && !known.has(identity)) known.set(identity, file);
  }
  return known;
}

/** The one of `inputs` that writing `output` would overwrite, by whatever name. */
export async function overwritten(
  output: string,
  inputs: ReadonlyMap<string, string>,
): Promise<string | null> {
  const identity = await identityOf(output);
  return identity === null ? null : (inputs.get(identity) ?? null);
}
