import { constants } from 'node:fs';

/**
 * Flags to open a file with whose path comes from outside: a pipe must not keep the opening waiting, nor a terminal be
 * taken over.
 */
export const READ_FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;
