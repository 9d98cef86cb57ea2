/** Whether a file is named as machine files are: `board.machine.yaml`. */
export const isMachineFile = (file: string): boolean => /\.machine\.ya?ml$/.test(file);
