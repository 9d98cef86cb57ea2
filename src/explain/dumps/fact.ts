/** Something that a dump shows. */
export interface DumpFact {
  /** `code`: what the CPU ran; `cpu`: its state; `event`: what happened; `cut`: what is not known. */
  about: (typeof DUMP_FACTS)[number];
  text: string;
}

export const DUMP_FACTS = ['code', 'cpu', 'event', 'cut'] as const;
