/** Writes to a terminal without waiting for it. */
import { accessSync, constants } from 'node:fs';
import type { Writable } from 'node:stream';

/**
 * Node waits for a terminal within each write, and a terminal that stands still, such as after Ctrl-S, would hold up
 * the whole process. From here on its lines wait in the stream instead. Node has no public way to say so.
 *
 * A terminal that belongs to another user, such as after `su`, stays as it is: Node could then not open it for itself, and
 * other programs share its mode.
 * @param stream standard output or standard error; anything but a terminal stays as it is.
 */
export function writeAsynchronously(stream: Writable & { readonly fd: number }): void {
  const { _handle: handle } = stream as { _handle?: { setBlocking?(on: boolean): unknown } };
  if (!('isTTY' in stream) || stream.isTTY !== true) return;
  try {
    accessSync(`/dev/fd/${stream.fd}`, constants.W_OK);
  } catch {
    return;
  }
  handle?.setBlocking?.(false);
}
