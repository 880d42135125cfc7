/**
 * One open answer of server-sent events. What is written goes out at once, or waits for the reader
 * in a buffer of LIMITS.streamBufferBytesMax; what does not fit is not taken.
 * Danger: it takes the answer out of the server's hands (`hijack`), so whatever has to be refused
 * is refused before. Whoever opens one ends it: the server waits for it when it closes.
 * Emits: `onClose` once, whoever ended it.
 */
import type { FastifyReply } from 'fastify';
import { LIMITS } from '#kernel/limits.ts';

export type EventStream = {
  /** False: it did not fit, or the stream is closed. Nothing of it was taken then. */
  readonly send: (frames: readonly Uint8Array[]) => boolean;
  /** Bytes that the reader has not taken yet. */
  readonly waitingBytes: () => number;
  /** What waits is dropped: a reader that stands still must not hold up a stop. */
  readonly end: () => void;
};

export type OpenStream = (onClose: () => void) => EventStream;

export function openEventStream(reply: FastifyReply, onClose: () => void): EventStream {
  reply.hijack();
  const { raw } = reply;
  const { socket } = raw;
  // Finds peers that went without a word, as long as nothing waits for them.
  socket?.setKeepAlive(true, LIMITS.streamKeepAliveMs);
  socket?.setNoDelay(true);
  // A reader that breaks off is no fault of ours.
  raw.on('error', () => undefined);
  raw.once('close', onClose);
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) raw.setHeader(name, value);
  }
  raw.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'x-accel-buffering': 'no',
    // The connection has nothing else to carry, and the end of the stream is its end.
    connection: 'close',
  });
  raw.flushHeaders();
  return {
    send: (frames) => {
      const bytes = frames.reduce((sum, { byteLength }) => sum + byteLength, 0);
      if (raw.destroyed || raw.writableEnded) return false;
      if (raw.writableLength + bytes > LIMITS.streamBufferBytesMax) return false;
      raw.cork();
      for (const frame of frames) raw.write(frame);
      raw.uncork();
      return true;
    },
    waitingBytes: () => raw.writableLength,
    end: () => {
      if (raw.writableLength > 0) raw.destroy();
      else raw.end();
    },
  };
}
