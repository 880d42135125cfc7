/** Why no connection stood. Its own code keeps undici from trying again by itself. */
import type { HttpFailure } from '#kernel/ports.ts';

export class ConnectFault extends Error {
  readonly code = 'TOCSIN_CONNECT_FAULT';
  readonly reason: HttpFailure;

  constructor(reason: HttpFailure, detail: string) {
    super(detail);
    this.name = 'ConnectFault';
    this.reason = reason;
  }
}
