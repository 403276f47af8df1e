/**
 * `node:http` without an `import`, which would read all that it exports: its `WebSocket` loads Node's own copy of
 * undici, with HTTP/2 and web streams. That is a tenth of the time to start.
 */
import { getBuiltinModule } from 'node:process';

export const http = getBuiltinModule('node:http');
