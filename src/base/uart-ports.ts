/** The PC's four UARTs, eight ports each, in the order in which Linux numbers them; bit n of setup_data's flags stands for the nth. */
export const UART_PORTS: readonly number[] = [0x3f8, 0x2f8, 0x3e8, 0x2e8];
