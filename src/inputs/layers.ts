import { realpath } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { diagnosticOf, InputError } from '../base/diagnostic.ts';
import { parseYaml } from '../formats/yaml/yaml.ts';
import {
  joinLayers,
  namedDefaults,
  readDefaults,
  type LayerProblem,
  type ManifestLayer,
  type ManifestText,
} from '../manifest/layers.ts';
import type { DefaultsLayer, SettingLayer } from '../manifest/other-text.ts';
import type { Base } from '../manifest/references.ts';
import { MANIFEST } from '../manifest/read.ts';
import { readManifest } from './manifest-file.ts';

/** How a manifest is read beside its own text. */
export interface LayerOptions {
  /** Keys that options set; a later one counts more. */
  settings?: readonly SettingLayer[];
  /** Told of each file before it is looked at. */
  onInput?: (path: string) => void;
}

/** Files that name each other, each several times, would be read without end. */
const MOST_FILES = 100;

/** One file has one of these, whatever links lead to it. */
const identityOf = (file: string): Promise<string> => realpath(file).catch(() => resolve(file));

const from = (folder: string, file: string): string => (isAbsolute(file) ? file : join(folder, file));

/** A text that names defaults, where that is. */
interface Naming {
  layer: ManifestLayer;
  base: Base;
  /** Of the file of defaults that it is; `null`: it is the manifest, or an option. */
  of: DefaultsLayer | null;
  /** The files that lead to it, and itself. */
  chain: readonly { file: string; identity: string }[];
}

class DefaultsReader {
  /** The one that counts most comes first. */
  readonly layers: DefaultsLayer[] = [];
  readonly problems: LayerProblem[] = [];
  readonly #onInput: LayerOptions['onInput'];
  #count = 0;

  constructor(onInput: LayerOptions['onInput']) {
    this.#onInput = onInput;
  }

  async follow(naming: Naming): Promise<void> {
    for (const { path, file } of namedDefaults(naming.layer.tree).toReversed()) {
      if (this.#count > MOST_FILES) return;
      try {
        await this.#read(naming, path, file);
      } catch (error) {
        const { code, ...told } = diagnosticOf(error, path);
        const range = naming.layer.tree.valueRange(path);
        this.problems.push({ layer: naming.layer, problem: { ...told, code, path, range } });
      }
    }
  }

  async #read(naming: Naming, path: DefaultsLayer['at'], named: string): Promise<void> {
    const { base, of, chain } = naming;
    const title = from(base.folder, named);
    this.#onInput?.(title);
    if (++this.#count > MOST_FILES) {
      throw new InputError('manifest/defaults', `more than ${MOST_FILES} files of defaults are named`, {
        fix: 'name each of them only once',
      });
    }
    const identity = await identityOf(title);
    const before = chain.findIndex((each) => each.identity === identity);
    if (before >= 0) {
      const circle = [...chain.slice(before).map(({ file }) => file), title];
      throw new InputError(
        'manifest/defaults',
        `\`defaults\` goes round in a circle: ${circle.join(' → ')}`,
        {
          fix: 'remove one of these from the `defaults` of the one before it',
        },
      );
    }
    const text = await readManifest(title, named, 'a file of defaults');
    const { tree, problems } = readDefaults(text);
    const file = from(base.recorded, named);
    const layer: DefaultsLayer = {
      tree,
      text,
      title,
      base: { folder: dirname(title), recorded: dirname(file) },
      at: of?.at ?? path,
      key: [...(of === null ? [] : [of.key]), ...path].join('.'),
      file,
    };
    this.problems.push(...problems.map((problem) => ({ layer, problem })));
    this.layers.push(layer);
    await this.follow({
      layer,
      base: layer.base,
      of: layer,
      chain: [...chain, { file: title, identity }],
    });
  }
}

/** A manifest, with its defaults and what options set. */
export async function readLayers(
  file: string,
  text: string,
  { settings = [], onInput }: LayerOptions = {},
): Promise<ManifestText> {
  const own: ManifestLayer = { tree: parseYaml(text, MANIFEST), text };
  const strongest = settings.toReversed();
  const reader = new DefaultsReader(onInput);
  const setting = strongest.find(({ tree }) => Object.hasOwn(Object(tree.data) as object, 'defaults'));
  const layer = setting ?? own;
  if (namedDefaults(layer.tree).length > 0) {
    const base = setting ? setting.base : { folder: dirname(file), recorded: '' };
    const chain = [{ file, identity: await identityOf(file) }];
    await reader.follow({ layer, base, of: null, chain });
  }
  return joinLayers(own, strongest, reader.layers, reader.problems);
}
