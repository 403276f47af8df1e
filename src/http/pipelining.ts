/**
 * Bounds the work and memory of clients that send requests ahead of the answers. Node parses a whole read at
 * once: 64 KiB may be 3600 requests of 2 kB each. Here its parser gets a kilobyte at a time, and none while the
 * connection is full. In each turn of the event loop every connection starts a few requests. That all of a turn
 * start together, after all reads, also saves a fifth of the CPU time of a cached lookup.
 *
 * A connection is in one of these states:
 * - reading: bytes go to the parser in slices;
 * - paused by us, because it is full: bytes already read are put back, and reading continues when an answer is sent;
 * - paused by Node: Node resumes after each request; when the connection is full then, we pause again.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** Requests of one connection that are ahead of their answers. */
const MAX_AHEAD = 100;
/** Of one connection, started in one turn of the event loop. */
const MAX_PER_TURN = 10;
/** Bytes of one connection's answers that are not sent yet; beyond it no further request starts. */
const MAX_UNSENT_BYTES = 65_536;
/** Of all connections together; beyond it a connection that has one request is full. */
const MAX_WAITING = 5000;
/** What the parser gets at once: at most some 60 requests. */
const SLICE_BYTES = 1024;

export interface Pipelining {
  /** For the server's event `connection`. */
  readonly onConnection: (socket: Socket) => void;
  /** Hands requests on to `answer`, of each connection at most MAX_AHEAD unanswered. */
  readonly onRequest: RequestListener;
  /**
   * Runs `end` once all that the client has asked is answered, except a request whose body is not complete: its
   * answer may wait for the rest. What the client sends after that is dropped.
   */
  readonly afterAnswers: (socket: Duplex, end: () => void) => void;
  /**
   * To be called when a request has not arrived in time. Runs `tooLate` at once, or, while it is our own pause that
   * the request waits for, when it has not arrived `timeoutMs` after that either.
   */
  readonly onTimeout: (socket: Duplex, timeoutMs: number, tooLate: () => void) => void;
}

/** @param maxConcurrent requests of one connection that are answered at once; further ones wait. */
export function limitPipelining(answer: RequestListener, maxConcurrent = MAX_AHEAD): Pipelining {
  const connections = new WeakMap<Duplex, ClientConnection>();
  const turns = new Turns();
  return {
    onConnection: (socket) =>
      void connections.set(socket, new ClientConnection(socket, turns, answer, maxConcurrent)),
    onRequest: (request, response) => connections.get(request.socket)?.add(request, response),
    afterAnswers: (socket, end) => connections.get(socket)?.afterAnswers(end),
    onTimeout: (socket, timeoutMs, tooLate) =>
      connections.get(socket)?.onTimeout(timeoutMs, tooLate),
  };
}

/** The connections that have requests to start. */
class Turns {
  /** Requests of all connections that have not started. */
  waiting = 0;
  #next: ClientConnection[] = [];

  add(connection: ClientConnection): void {
    if (this.#next.push(connection) === 1) setImmediate(this.#run);
  }

  readonly #run = (): void => {
    const connections = this.#next;
    this.#next = [];
    for (const connection of connections) connection.startSome();
  };
}

class ClientConnection {
  readonly #socket: Socket;
  readonly #turns: Turns;
  readonly #answer: RequestListener;
  readonly #maxConcurrent: number;
  readonly #parse: (bytes: Buffer) => void;
  #waiting: ServerResponse[] = [];
  readonly #unanswered = new Set<ServerResponse>();
  #hasTurn = false;
  /** Reading is paused from here, and not by Node too. */
  #holdsReading = false;
  /** Set once nothing further is read of the connection. */
  #end: (() => void) | undefined;
  #latest: IncomingMessage | undefined;
  #lateTimer: NodeJS.Timeout | undefined;

  constructor(socket: Socket, turns: Turns, answer: RequestListener, maxConcurrent: number) {
    this.#socket = socket;
    this.#turns = turns;
    this.#answer = answer;
    this.#maxConcurrent = maxConcurrent;
    const parsers = socket.listeners('data');
    this.#parse = (bytes) => {
      for (const parse of parsers) parse.call(socket, bytes);
    };
    socket.removeAllListeners('data');
    socket.on('data', (bytes) => this.#feed(bytes));
    // Node resumes a socket after each request.
    socket.on('resume', () => {
      this.#holdsReading = false;
      if (this.#isFull) this.#holdReading();
    });
    socket.once('close', () => {
      this.#take(Infinity);
      clearTimeout(this.#lateTimer);
    });
  }

  add(request: IncomingMessage, response: ServerResponse): void {
    if (this.#socket.destroyed) return;
    this.#latest = request;
    this.#turns.waiting += 1;
    this.#waiting.push(response);
    this.#requestTurn();
  }

  afterAnswers(end: () => void): void {
    this.#end ??= end;
    this.#endIfAnswered();
  }

  /** Node reports a request once; the next one it times again. */
  onTimeout(timeoutMs: number, tooLate: () => void): void {
    if (!this.#holdsReading) {
      tooLate();
      return;
    }
    const latest = this.#latest;
    const wasComplete = latest?.complete;
    clearTimeout(this.#lateTimer);
    this.#lateTimer = setTimeout(() => {
      if (this.#latest === latest && latest?.complete === wasComplete) {
        this.onTimeout(timeoutMs, tooLate);
      }
    }, timeoutMs).unref();
  }

  startSome(): void {
    this.#hasTurn = false;
    const free = this.#maxConcurrent - this.#unanswered.size;
    if (this.#unsentBytes > MAX_UNSENT_BYTES) return;
    for (const response of this.#take(Math.min(MAX_PER_TURN, free))) this.#start(response);
    this.#requestTurn();
  }

  #start(response: ServerResponse): void {
    this.#unanswered.add(response);
    response.on('close', () => this.#onAnswered(response));
    this.#answer(response.req, response);
  }

  #feed(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; at += SLICE_BYTES) {
      // Dropped after the last answer of the connection, and after what is not HTTP.
      if (!this.#socket.writable || this.#end !== undefined) return;
      if (this.#isFull) this.#holdReading();
      if (this.#socket.isPaused()) {
        this.#socket.unshift(bytes.subarray(at));
        return;
      }
      this.#parse(bytes.subarray(at, at + SLICE_BYTES));
    }
    if (this.#isFull) this.#holdReading();
  }

  /** What Node has paused, Node resumes. */
  #holdReading(): void {
    if (this.#socket.isPaused()) return;
    this.#holdsReading = true;
    this.#socket.pause();
  }

  #onAnswered(response: ServerResponse): void {
    this.#unanswered.delete(response);
    this.#requestTurn();
    this.#endIfAnswered();
    if (this.#holdsReading && !this.#isFull) this.#socket.resume();
  }

  #endIfAnswered(): void {
    if (this.#ahead <= (this.#latest?.complete === false ? 1 : 0)) this.#end?.();
  }

  #requestTurn(): void {
    const isBusy = this.#unanswered.size >= this.#maxConcurrent;
    if (this.#hasTurn || this.#waiting.length === 0 || isBusy) return;
    this.#hasTurn = true;
    this.#turns.add(this);
  }

  #take(count: number): readonly ServerResponse[] {
    const taken = this.#waiting.splice(0, count);
    this.#turns.waiting -= taken.length;
    return taken;
  }

  get #unsentBytes(): number {
    let bytes = 0;
    for (const { writableLength } of this.#unanswered) bytes += writableLength;
    return bytes;
  }

  /** Requests without an answer. */
  get #ahead(): number {
    return this.#waiting.length + this.#unanswered.size;
  }

  get #isFull(): boolean {
    return this.#ahead >= (this.#turns.waiting < MAX_WAITING ? MAX_AHEAD : 1);
  }
}
