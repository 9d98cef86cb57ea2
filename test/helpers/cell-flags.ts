/** JAILHOUSE_CELL_PASSIVE_COMMREG: what every cell that boots Linux needs. */
export const PASSIVE_COMMREG = 1;
