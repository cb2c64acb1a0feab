import { channel } from "node:diagnostics_channel";
import { type ChannelEvents, channelNames } from "@concurrent-futures/core/channels";

interface TypedChannel<E> {
  readonly hasSubscribers: boolean;
  publish(event: E): void;
}

type Published = "poolOpen" | "poolClose" | "mapStart" | "mapEnd" | "batchResults" | "taskFailed";

/** The channels of pools that concern calls on this event loop. No event is made while nobody listens. */
export const channels: { readonly [K in Published]: TypedChannel<ChannelEvents[K]> } = {
  poolOpen: channel(channelNames.poolOpen),
  poolClose: channel(channelNames.poolClose),
  mapStart: channel(channelNames.mapStart),
  mapEnd: channel(channelNames.mapEnd),
  batchResults: channel(channelNames.batchResults),
  taskFailed: channel(channelNames.taskFailed),
};

/** Milliseconds since 1970, with fractions, by the clock that measures. */
export function epochNow(): number {
  return performance.timeOrigin + performance.now();
}
