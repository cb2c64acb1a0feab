import { channel } from "node:diagnostics_channel";
import { type ChannelEvents, channelNames } from "@concurrent-futures/core/channels";

interface TypedChannel<E> {
  readonly hasSubscribers: boolean;
  publish(event: E): void;
}

type Published = "poolOpen" | "poolClose" | "batchResults" | "taskFailed";

/** The channels of pools that concern calls on other machines. No event is made while nobody listens. */
export const channels: { readonly [K in Published]: TypedChannel<ChannelEvents[K]> } = {
  poolOpen: channel(channelNames.poolOpen),
  poolClose: channel(channelNames.poolClose),
  batchResults: channel(channelNames.batchResults),
  taskFailed: channel(channelNames.taskFailed),
};
