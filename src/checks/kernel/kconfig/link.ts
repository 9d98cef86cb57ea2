/**
 * An expression of kconfig: a symbol or `y`, `m`, `n`; all or any of several; not; a symbol's value compared with a
 * constant.
 *
 * @see Linux, Documentation/kbuild/kconfig-language.rst
 */
export type Expression =
  | string
  | readonly ['not', Expression]
  | readonly ['and' | 'or', ...Expression[]]
  | readonly ['equal' | 'unequal', symbol: string, value: string];

/** What governs a symbol, as its Kconfig files say. */
export interface KconfigLink {
  type: 'bool' | 'tristate' | 'int' | 'hex' | 'string';
  /** When it can be set, if its dependencies hold: `EXPERT`; `n` for never; always, if it is left out. */
  prompt?: Expression;
  /** What must hold for it to be on, whatever it is set to; given where rules may want it on. */
  depends?: Expression;
  /** Symbols that turn it on whatever it is set to, and when they do. */
  selectedBy?: Readonly<Record<string, Expression>>;
  /** Where it cannot be set: any of these turns it on. */
  defaults?: readonly Expression[];
  /** The other members of its choice: just one is on. */
  choice?: readonly string[];
}

export type KconfigLinks = Readonly<Record<string, KconfigLink>>;
