/** A file that a bundle was made from, whether it is in the bundle or not. */
export interface InputFile {
  /**
   * The key of the manifest that names it: `kernel.config`, `initrd.0`; `manifest` or `machine` for that file itself;
   * `--rules`, `--rules.0` for one that an option names.
   */
  key: string;
  /** As the manifest names it; of an absolute path the last part. */
  file: string;
  size: number;
  sha256(): Promise<string>;
}

/** A key of a manifest that an option set, and its value as text. */
export interface Override {
  key: string;
  value: string;
}

/** What bundle.json says of an input. */
interface InputFact {
  key: string;
  file: string;
  size: number;
  sha256: string;
}

/** Asked for when the bundle's own files are hashed: what is in it as it is needs not be read again. */
export async function inputFacts(inputs: readonly InputFile[]): Promise<InputFact[]> {
  const facts: InputFact[] = [];
  for (const { key, file, size, sha256 } of inputs) facts.push({ key, file, size, sha256: await sha256() });
  return facts;
}
