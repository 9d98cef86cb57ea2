/** The kind of a call in a Python traceback, and that of the error that ends it. */
export const PYTHON_CALL = 'py-ioctl';
export const PYTHON_REASON = 'py-errno';
