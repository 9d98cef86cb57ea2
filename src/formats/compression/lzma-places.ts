// Places of the probabilities in one array, after the LZMA specification (LZMA SDK, lzma-specification.txt).
export const STATES = 12;
export const MATCH = 0;
export const REP = MATCH + STATES * 16;
export const WHICH = REP + STATES;
export const SHORT = WHICH + 3 * STATES;
export const SLOT = SHORT + STATES * 16;
export const SPECIAL = SLOT + 4 * 64;
export const ALIGN = SPECIAL + 115;
export const LENGTH = ALIGN + 16;
export const REP_LENGTH = LENGTH + 2 + 2 * 16 * 8 + 256;
export const LITERAL = REP_LENGTH + 2 + 2 * 16 * 8 + 256;
