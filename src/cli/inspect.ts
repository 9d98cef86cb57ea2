export const inspect = async (..._: unknown[]): Promise<0> => 0;
