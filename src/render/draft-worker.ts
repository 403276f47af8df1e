/** The thread in which drafts are checked and rendered: see `draft-runner.ts`. */
import { parentPort } from 'node:worker_threads';
import { evaluateDraft, type Draft } from './draft.ts';

parentPort?.on('message', (draft: Draft) => {
  parentPort?.postMessage(evaluateDraft(draft));
});

parentPort?.postMessage('ready');
