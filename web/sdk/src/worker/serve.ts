// The worker for bids.
import type { CoreModule } from '../core/core-module.js';
import { unpack } from '../core/guarded.js';
import createCore from '../wasm/bidseal.mjs';
import { listOpeners, readRelease, rehearseBid } from './keys.js';
import type { Task } from './messages.js';
import { openBid, rewrapBid } from './open.js';
import type { Operation } from './operation.js';
import { digestFile, packBid } from './pack.js';
import { inspectBid, verifyBid } from './read-bid.js';
import { instantiate, serveTasks } from './task-server.js';
import { checkDocument, openTenderFile } from './tender.js';

function run(module: CoreModule, task: Task, operation: Operation): unknown {
  switch (task.name) {
    case 'tender':
      return openTenderFile(module, task.input.file, task.input.trust);
    case 'certificates':
      return unpack(module.readCertificates(task.input.data));
    case 'document':
      return checkDocument(module, task.input, operation);
    case 'summary':
      unpack(module.checkSummaryValue(task.input.tender, task.input.field, task.input.value));
      return null;
    case 'digest':
      return digestFile(module, task.input.file, operation);
    case 'pack':
      return packBid(module, task.input, operation);
    case 'inspect':
      return inspectBid(module, task.input.file, operation);
    case 'verify':
      return verifyBid(module, task.input, operation);
    case 'rehearse':
      return rehearseBid(module, task.input, operation);
    case 'release':
      return readRelease(module, task.input, operation);
    case 'openers':
      return listOpeners(module, task.input, operation);
    case 'open':
      return openBid(module, task.input, operation);
    case 'rewrap':
      return rewrapBid(module, task.input, operation);
  }
}

/** Makes the core from the compiled module and takes tasks. */
export function serve(compiled: Promise<WebAssembly.Module>): Promise<void> {
  return serveTasks(
    compiled.then((module) => instantiate(module, createCore, {})),
    run,
  );
}
