// The peers of sealing are written for Node's Buffer; it has to be there before they are.
import { Buffer } from 'buffer';

globalThis.Buffer = Buffer;
