import url, * as cell from '../cells/linux-arm64.cell.yaml';
import { describe } from './describe.js';

await describe(url, cell);
