/** What supervision has to tell: who fell silent, who is heard again. Made alerts of by the app. */
import type { Device } from './device.ts';
import type { SourceRef } from './pulse.ts';
import type { Silence } from './silence.ts';

export type News =
  | { readonly kind: 'device_silent'; readonly device: Device; readonly silence: Silence }
  | {
      readonly kind: 'device_heard';
      readonly device: Device;
      readonly why: 'heard' | 'unwatched' | 'removed';
    }
  | { readonly kind: 'source_silent'; readonly source: SourceRef; readonly silence: Silence }
  | {
      readonly kind: 'source_heard';
      readonly source: SourceRef;
      readonly why: 'heard' | 'unwatched';
    };
